// The gateway's clock on a page, ticking each second for whoever reads it, in the hall's time zone.
import { createSubscriber } from 'svelte/reactivity';

const SECOND_MS = 1_000;

/** Where the time comes from: a HallStore. */
export interface TimeSource {
  /** ms since 1970, or 0 while unknown */
  now(): number;
  /** how many ms of it pass in one of the page's: 1 but in a demo */
  pace(): number;
}

export class HallClock {
  readonly #source: TimeSource;
  readonly #ticking: () => void;

  constructor(source: TimeSource) {
    this.#source = source;
    this.#ticking = createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tick = () => {
        update();
        timer = setTimeout(tick, SECOND_MS - (this.#source.now() % SECOND_MS) + 5);
      };
      timer = setTimeout(tick, SECOND_MS / 4);
      return () => clearTimeout(timer);
    });
  }

  /** The gateway's time (ms since 1970), 0 while unknown; whoever reads it is updated each second. */
  get now(): number {
    this.#ticking();
    return this.#source.now();
  }

  /** The time at this very moment with its pace; whoever reads it is updated each second. */
  get reading(): { readonly time: number; readonly pace: number } {
    return { time: this.now, pace: this.#source.pace() };
  }
}
