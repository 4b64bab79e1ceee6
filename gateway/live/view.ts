// One view of the live stream: what its pages see now, its latest deltas for pages that come back, and the texts that
// are serialised once for all of them.
import { diff, type Patch } from '../../hall/diff.ts';

/** What the view is cut from at this moment: plain null-free JSON. */
export type Cut = () => unknown;

interface Delta {
  readonly from: number;
  readonly revision: number;
  /** JSON text of the patch */
  readonly patch: string;
}

export interface ViewLimits {
  /** Deltas kept for pages that come back, and their characters. */
  readonly deltas: number;
  readonly characters: number;
}

export class View {
  readonly name: string;
  /** of the last change; what pages of this view are at */
  revision = 0;
  /** how long one cut with its diff takes, ms, smoothed */
  costMs = 0;
  /** performance.now() of the last cut */
  cutAt = -Infinity;
  readonly #cut: Cut;
  readonly #limits: ViewLimits;
  #data: unknown;
  #dataText: string | undefined;
  readonly #deltas: Delta[] = [];
  #characters = 0;

  constructor(name: string, cut: Cut, limits: ViewLimits) {
    this.name = name;
    this.#cut = cut;
    this.#limits = limits;
  }

  get data(): unknown {
    return this.#data;
  }

  /**
   * Cuts the view anew.
   * @param revisionAfter a revision greater than the one given; asked only where something changed
   * @returns the delta's text without its time, or nothing where the view is the same
   */
  refresh(revisionAfter: (revision: number) => number): Delta | undefined {
    const began = performance.now();
    this.cutAt = began;
    const next = this.#cut();
    const patch = this.revision === 0 ? undefined : diff(this.#data, next);
    if (this.revision > 0 && patch === undefined) {
      this.#observe(performance.now() - began);
      return undefined;
    }
    const from = this.revision;
    this.#data = next;
    this.#dataText = undefined;
    this.revision = revisionAfter(from);
    if (from === 0) return undefined;
    const delta = {
      from,
      revision: this.revision,
      patch: JSON.stringify(patch satisfies Patch | undefined),
    };
    this.#keep(delta);
    this.#observe(performance.now() - began);
    return delta;
  }

  /** Deltas that a page at `revision` has not seen; nothing where they are not kept any more. */
  since(revision: number): readonly Delta[] | undefined {
    if (revision === this.revision) return [];
    const index = this.#deltas.findIndex(({ from }) => from === revision);
    return index < 0 ? undefined : this.#deltas.slice(index);
  }

  /** JSON text of the whole view. */
  get dataText(): string {
    this.#dataText ??= JSON.stringify(this.#data);
    return this.#dataText;
  }

  #keep(delta: Delta): void {
    this.#deltas.push(delta);
    this.#characters += delta.patch.length;
    const { deltas, characters } = this.#limits;
    while (this.#deltas.length > deltas || this.#characters > characters) {
      this.#characters -= this.#deltas.shift()?.patch.length ?? 0;
    }
  }

  #observe(ms: number): void {
    this.costMs = this.costMs === 0 ? ms : this.costMs * 0.8 + ms * 0.2;
  }
}

/** What a snapshot says of the gateway. */
export interface Sender {
  readonly epoch: string;
  readonly now: number;
  readonly pace: number;
  readonly version: string;
}

export function snapshotText(view: View, sender: Sender): string {
  const { epoch, now, pace, version } = sender;
  const { name, revision } = view;
  const head = { type: 'snapshot', view: name, epoch, revision, now, pace, version };
  return `${JSON.stringify(head).slice(0, -1)},"data":${view.dataText}}`;
}

export function deltaText({ from, revision, patch }: Delta, now: number): string {
  return `{"type":"delta","from":${from},"revision":${revision},"now":${now},"patch":${patch}}`;
}

export function pulseText(view: View, now: number): string {
  return `{"type":"pulse","revision":${view.revision},"now":${now}}`;
}
