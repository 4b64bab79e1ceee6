// Proof from the render loop: which revision is on the screen and which calls became visible in that frame. A page that
// is hidden paints no frames and so proves nothing.

/** The element attribute that carries a call's id. */
const CALL_SELECTOR = '[data-call]';
/** A frame is reported to the gateway at least so often while revisions go by, even without a new call. */
const REPORT_MS = 5_000;
/** Calls remembered as reported; far more than a board ever shows. */
const REPORTED_MAX = 1_000;

export interface PaintedReport {
  readonly revision: number;
  readonly calls: readonly { readonly id: string; readonly at: number }[];
}

export interface PaintWatchOptions {
  readonly root: HTMLElement;
  /** the revision that the DOM now shows, or undefined while there is none */
  readonly revision: () => number | undefined;
  /** the gateway's time (ms since 1970) */
  readonly now: () => number;
  readonly report: (painted: PaintedReport) => void;
}

export interface PaintWatch {
  /** the DOM has changed, or is about to within this task: look at the next frame */
  changed(): void;
  stop(): void;
}

/** Watches frames after each `changed`. After the frame `data-revision` of the root is the revision it painted. */
export function watchPaint({ root, revision, now, report }: PaintWatchOptions): PaintWatch {
  const reported = new Set<string>();
  const afterFrame = new MessageChannel();
  let frame: number | undefined;
  let painted: { revision: number; ids: string[] } | undefined;
  let reportedAt = -Infinity;
  let reportedRevision = -1;

  const look = () => {
    frame = undefined;
    const shown = revision();
    if (shown === undefined) return;
    painted = { revision: shown, ids: visibleCalls(root, reported) };
    // The posted message is handled once this frame's pixels have been handed over.
    afterFrame.port2.postMessage(undefined);
  };
  afterFrame.port1.onmessage = () => {
    if (!painted) return;
    const { revision: shown, ids } = painted;
    painted = undefined;
    root.dataset['revision'] = String(shown);
    const at = now();
    const due = shown !== reportedRevision && performance.now() - reportedAt >= REPORT_MS;
    if (ids.length === 0 && !due) return;
    remember(reported, ids);
    reportedAt = performance.now();
    reportedRevision = shown;
    report({ revision: shown, calls: ids.map((id) => ({ id, at })) });
  };
  return {
    changed() {
      frame ??= requestAnimationFrame(look);
    },
    stop() {
      if (frame !== undefined) cancelAnimationFrame(frame);
      afterFrame.port1.close();
      afterFrame.port2.close();
    },
  };
}

/** Ids of calls that are wholly visible and not in `reported`; only those are measured. */
function visibleCalls(root: HTMLElement, reported: ReadonlySet<string>): string[] {
  if (document.visibilityState !== 'visible') return [];
  const ids: string[] = [];
  for (const element of root.querySelectorAll<HTMLElement>(CALL_SELECTOR)) {
    const id = element.dataset['call'];
    if (id === undefined || reported.has(id) || ids.includes(id)) continue;
    if (isWhollyVisible(element)) ids.push(id);
  }
  return ids;
}

/** Wholly inside the page and visible. */
export function isWhollyVisible(element: HTMLElement): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const whole = left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1;
  return whole && right > left && bottom > top && element.checkVisibility();
}

function remember(reported: Set<string>, ids: readonly string[]): void {
  for (const id of ids) reported.add(id);
  for (const id of reported) {
    if (reported.size <= REPORTED_MAX) return;
    reported.delete(id);
  }
}
