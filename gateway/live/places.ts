// Places of pages: in all, of one address, and those kept for the hall's own screens. SPEC §6.12.
import type { Budget } from '../../hall/gateway-status.ts';
import { networkOf } from '../http/gate.ts';

export interface PlaceLimits {
  readonly pagesMax: number;
  /** half of them where it is left out */
  readonly perAddress?: number | undefined;
  /** Views with places of their own, such as `screen:b1`: strangers do not take them by filling the others. */
  readonly reserved: ReadonlySet<string>;
}

/** A screen's own places: two browsers may show it, and both may come back before their old connections are known gone. */
const PER_SCREEN = 4;
const HALF = 0.5;

/** What a page has: one of the places for all, or one of its screen's own. */
export type Place = { readonly network: string } | { readonly screen: string };

export class Places {
  readonly #limits: PlaceLimits;
  readonly #perAddress: number;
  readonly #networks = new Map<string, number>();
  readonly #screens = new Map<string, number>();
  #taken = 0;
  refused = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
    this.#perAddress = limits.perAddress ?? Math.ceil(limits.pagesMax * HALF);
  }

  /** A place for a page of this view; nothing where there is none. */
  take(address: string, view: string): Place | undefined {
    const network = networkOf(address);
    const present = this.#networks.get(network) ?? 0;
    if (this.#taken < this.#limits.pagesMax && present < this.#perAddress) {
      this.#taken++;
      this.#networks.set(network, present + 1);
      return { network };
    }
    const own = this.#screens.get(view) ?? 0;
    if (this.#limits.reserved.has(view) && own < PER_SCREEN) {
      this.#screens.set(view, own + 1);
      return { screen: view };
    }
    this.refused++;
    return undefined;
  }

  leave(place: Place): void {
    if ('screen' in place) return count(this.#screens, place.screen);
    this.#taken--;
    count(this.#networks, place.network);
  }

  budget(): Budget {
    return {
      kind: 'pages',
      name: { zh: '页面连接', en: 'Connected pages' },
      used: this.#taken,
      max: this.#limits.pagesMax,
      refused: this.refused,
      setting: 'limits.pages_max',
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
