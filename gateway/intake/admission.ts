// Places for connections: strangers have them by address and in all, devices that the hall file lists have theirs kept.
// A connection is nobody's until its CONNECT says who it is; those of nobody have a few places beside the others. SPEC §20.
import type { CloseReason } from './limits.ts';

export interface Places {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** A client that announces a sign of life less often than this may have to give its place to another one, ms. */
  readonly keepAliveMsMax: number;
}

/** A connection as the places see it. */
export interface Guest {
  readonly address: string;
  /** The keep-alive of its CONNECT, ms; 0 = it announces none. */
  readonly keepAliveMs: number;
  /** When it was last heard, as `performance.now()`. */
  readonly heardAt: number;
  /** Ends it for want of a place; it leaves by itself then. */
  giveWay(reason: CloseReason): void;
}

export class Admission {
  readonly #places: Places;
  readonly #listedCount: () => number;
  /** Connections without a CONNECT, the oldest first. */
  readonly #unnamed = new Set<Guest>();
  readonly #strangers = new Map<string, Set<Guest>>();
  readonly #listed = new Set<Guest>();
  #strangersTotal = 0;

  /** @param listedCount how many devices the hall file lists */
  constructor(places: Places, listedCount: () => number) {
    this.#places = places;
    this.#listedCount = listedCount;
  }

  get total(): number {
    return this.#unnamed.size + this.#strangersTotal + this.#listed.size;
  }

  /** Somebody has connected: where the unnamed are too many, the oldest of the address that has most of them goes. */
  enter(guest: Guest): void {
    const max = Math.max(16, Math.min(500, Math.ceil(this.#places.connectionsMax / 10)));
    if (this.#unnamed.size >= max) this.#mostUnnamed()?.giveWay('connections');
    this.#unnamed.add(guest);
  }

  /** A CONNECT has come; returns why its client has no place, if it has none. */
  name(guest: Guest, isListed: boolean): CloseReason | undefined {
    const { connectionsMax, connectionsPerAddressMax } = this.#places;
    this.#unnamed.delete(guest);
    if (isListed) {
      if (this.#listed.size >= connectionsMax) return 'connections';
      this.#listed.add(guest);
      return undefined;
    }
    const kept = Math.min(this.#listedCount(), Math.floor(connectionsMax / 2));
    const here = this.#strangers.get(guest.address);
    if (here !== undefined && here.size >= connectionsPerAddressMax && !this.#makeRoom([here])) {
      return 'address_connections';
    }
    const room = connectionsMax - Math.max(kept, this.#listed.size);
    if (this.#strangersTotal >= room && !this.#makeRoom(this.#strangers.values())) {
      return 'connections';
    }
    const mine = this.#strangers.get(guest.address) ?? new Set();
    this.#strangers.set(guest.address, mine.add(guest));
    this.#strangersTotal++;
    return undefined;
  }

  leave(guest: Guest): void {
    this.#unnamed.delete(guest);
    this.#listed.delete(guest);
    const here = this.#strangers.get(guest.address);
    if (here?.delete(guest) !== true) return;
    this.#strangersTotal--;
    if (here.size === 0) this.#strangers.delete(guest.address);
  }

  /** Strangers without a keep-alive that nothing was heard of for so long. */
  silent(ms: number): Guest[] {
    const before = performance.now() - ms;
    const all = [...this.#strangers.values()].flatMap((here) => [...here]);
    return all.filter((guest) => this.#isVague(guest) && guest.heardAt < before);
  }

  /** Where places are short, the client that was silent longest and announces no sign of life goes. */
  #makeRoom(strangers: Iterable<Set<Guest>>): boolean {
    const before = performance.now() - this.#places.keepAliveMsMax * 1.5;
    let longest: Guest | undefined;
    for (const here of strangers) {
      for (const guest of here) {
        if (!this.#isVague(guest) || guest.heardAt > before) continue;
        if (longest === undefined || guest.heardAt < longest.heardAt) longest = guest;
      }
    }
    if (longest === undefined) return false;
    this.leave(longest);
    longest.giveWay('keepalive');
    return true;
  }

  #isVague({ keepAliveMs }: Guest): boolean {
    return keepAliveMs === 0 || keepAliveMs > this.#places.keepAliveMsMax;
  }

  #mostUnnamed(): Guest | undefined {
    const counts = new Map<string, number>();
    let most = '';
    for (const { address } of this.#unnamed) {
      counts.set(address, (counts.get(address) ?? 0) + 1);
      if (counts.get(address)! > (counts.get(most) ?? 0)) most = address;
    }
    for (const guest of this.#unnamed) {
      if (guest.address !== most) continue;
      this.#unnamed.delete(guest);
      return guest;
    }
    return undefined;
  }
}
