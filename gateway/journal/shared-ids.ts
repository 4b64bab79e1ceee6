/** Which devices have used the same ids: the latest pairs, for people who are to find out why. */
import type { SharedIds } from '../../hall/fault/identity.ts';
import type { Entry } from './entry.ts';

/** Pairs remembered; the one that was seen least recently goes. */
const PAIRS_MAX = 20;

export class SharedIdRing {
  /** By both devices, the one seen least recently first. */
  readonly #pairs = new Map<string, SharedIds>();

  note(shared: readonly (readonly [entry: Entry, deviceBefore: string])[]): void {
    for (const [{ id, device, receivedAt }, earlier] of shared) {
      const key = `${earlier} ${device}`;
      const known = this.#pairs.get(key);
      this.#pairs.delete(key);
      this.#pairs.set(key, {
        devices: [earlier, device],
        id,
        count: (known?.count ?? 0) + 1,
        since: known?.since ?? receivedAt,
        last: receivedAt,
      });
      if (this.#pairs.size > PAIRS_MAX) this.#pairs.delete(this.#pairs.keys().next().value!);
    }
  }

  /** The latest first. */
  list(): readonly SharedIds[] {
    return [...this.#pairs.values()].reverse();
  }
}
