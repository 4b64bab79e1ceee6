// The one place that has the state of the session: takes events in order and has their effects performed.
import type { Sight } from '../../standby/claim.ts';
import { type Effect, FIRST, next, type SessionEvent, type State } from './machine.ts';

/** By effect, with the event that it follows from; none may throw. */
export type Performers = { readonly [Name in Effect]?: (event: SessionEvent) => void };

export type OnChange = (state: State, before: State) => void;

/** So often the session's state is looked at, ms. */
const LOOK_MS = 100;

export class SessionOwner {
  readonly #sight: (() => Sight) | undefined;
  readonly #performers: Performers[] = [];
  readonly #listeners = new Set<OnChange>();
  readonly #events: SessionEvent[] = [];
  #state: State;
  #isBusy = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param sight what a gateway of a pair knows of the other one */
  constructor(sight?: () => Sight) {
    this.#sight = sight;
    this.#state = sight === undefined ? FIRST.alone : FIRST.pair;
  }

  get state(): State {
    return this.#state;
  }

  perform(performers: Performers): void {
    this.#performers.push(performers);
  }

  /** Called after each change, before its effects. */
  onChange(listener: OnChange): void {
    this.#listeners.add(listener);
  }

  /** From now on the session may be opened. */
  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  /** Something new was seen. */
  look(): void {
    if (this.#timer === undefined) return;
    this.send({ type: 'look', now: performance.now(), sight: this.#sight?.() });
  }

  /** What was followed is on disk. */
  drained(): void {
    this.send({ type: 'drained', sight: this.#sight?.() });
  }

  /** An event that comes out of an effect is taken after it. */
  send(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let one = this.#events.shift(); one !== undefined; one = this.#events.shift()) {
        this.#take(one);
      }
    } finally {
      // After an error that nobody foresaw later events are still taken.
      this.#isBusy = false;
    }
  }

  #take(event: SessionEvent): void {
    const before = this.#state;
    const { state, effects } = next(before, event);
    this.#state = state;
    if (state.is === 'stopped') clearInterval(this.#timer);
    if (state !== before) for (const listener of this.#listeners) listener(state, before);
    for (const effect of effects) {
      for (const performers of this.#performers) performers[effect]?.(event);
    }
  }

  /** Resolves when the state is such a one. */
  until(isSuch: (state: State) => boolean): Promise<void> {
    if (isSuch(this.#state)) return Promise.resolve();
    return new Promise((resolve) => {
      const listener: OnChange = (state) => {
        if (!isSuch(state)) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }
}
