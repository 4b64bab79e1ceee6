/// <reference lib="dom" />
// What a bench runs inside a page: each function is sent to the browser alone and may use nothing around it.

export interface Sighting {
  readonly ticket: string;
  /** when the frame with it had been handed over, ms since 1970 by the page's clock */
  readonly at: number;
}

/** Before any script of the page: notes in `globalThis.sightings` the first frame in which each ticket stands as called. */
export function watchCalls(): void {
  const seen = new Set<string>();
  const list: Sighting[] = [];
  Object.assign(globalThis, { sightings: list });
  const afterFrame = new MessageChannel();
  let asked = false;
  let fresh: string[] = [];
  const look = () => {
    asked = false;
    const called = document.querySelectorAll<HTMLElement>('[data-ticket][data-call-state=called]');
    for (const element of called) {
      const ticket = element.dataset['ticket'] ?? '';
      if (seen.has(ticket) || !element.checkVisibility()) continue;
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const onGlass = right > left && bottom > top && bottom > 0 && top < innerHeight;
      if (!onGlass || right <= 0 || left >= innerWidth) continue;
      seen.add(ticket);
      fresh.push(ticket);
    }
    // Handled once this frame's pixels have been handed over.
    if (fresh.length > 0) afterFrame.port2.postMessage(fresh);
    fresh = [];
  };
  afterFrame.port1.onmessage = ({ data }: MessageEvent<string[]>) => {
    const at = performance.timeOrigin + performance.now();
    for (const ticket of data) list.push({ ticket, at });
  };
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(look);
  }).observe(document, {
    ...{ subtree: true, childList: true, attributes: true },
    attributeFilter: ['data-ticket', 'data-call-state'],
  });
}

/** The times between the next `count` frames, ms. */
export function timeFrames(count: number): Promise<number[]> {
  return new Promise((resolve) => {
    const seen: number[] = [];
    let last: number | undefined;
    const frame = (at: number) => {
      if (last !== undefined) seen.push(at - last);
      last = at;
      if (seen.length < count) requestAnimationFrame(frame);
      else resolve(seen);
    };
    requestAnimationFrame(frame);
  });
}

/** ms from navigation to the first frame with a call; nothing while there was none. Needs `watchCalls`. */
export function firstPaint(): number | undefined {
  const [first] = (globalThis as typeof globalThis & { sightings: Sighting[] }).sightings;
  return first === undefined ? undefined : first.at - performance.timeOrigin;
}
