// What one address may ask of the HTTP port: a token bucket of requests by their weight, and a limit of those that are
// being answered. Loopback is no exception: a proxy on this machine speaks for everybody. SPEC §6.13.
import type { Problem } from './problem.ts';

export interface GateLimits {
  readonly requests_per_s: number;
  readonly requests_burst: number;
  /** being answered to one address */
  readonly requests_open: number;
}

interface Visitor {
  tokens: number;
  at: number;
  open: number;
  heavy: number;
}

/** A request of this weight is heavy: only so many are answered at once, of one address and in all. */
const HEAVY = 10;
const HEAVY_OPEN = 8;
const HEAVY_OPEN_ALL = 32;
/** Requests that are being answered, in all, as a multiple of those of one address. */
const OPEN_ALL = 4;
const VISITORS_MAX = 10_000;

export class Gate {
  readonly stats = { limited: 0, busy: 0 };
  readonly #limits: GateLimits;
  readonly #now: () => number;
  readonly #visitors = new Map<string, Visitor>();
  #open = 0;
  #heavy = 0;

  /** @param now ms, monotonic */
  constructor(limits: GateLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Admits a request, or returns the problem to answer with. Call `leave` once an admitted request is answered. */
  enter(address: string, weight: number): Problem | undefined {
    const { requests_open: openMax } = this.#limits;
    const visitor = this.#visit(networkOf(address));
    if (visitor.tokens < weight) {
      this.stats.limited++;
      const seconds = (weight - visitor.tokens) / this.#limits.requests_per_s;
      return tooMany(Math.ceil(seconds));
    }
    const isHeavy = weight >= HEAVY;
    const isBusy =
      visitor.open >= openMax ||
      this.#open >= openMax * OPEN_ALL ||
      (isHeavy && (visitor.heavy >= HEAVY_OPEN || this.#heavy >= HEAVY_OPEN_ALL));
    if (isBusy) {
      this.stats.busy++;
      return tooMany(1);
    }
    visitor.tokens -= weight;
    this.#count(visitor, isHeavy, 1);
    return undefined;
  }

  leave(address: string, weight: number): void {
    const visitor = this.#visitors.get(networkOf(address));
    if (visitor !== undefined) this.#count(visitor, weight >= HEAVY, -1);
  }

  #count(visitor: Visitor, isHeavy: boolean, by: 1 | -1): void {
    visitor.open += by;
    this.#open += by;
    if (!isHeavy) return;
    visitor.heavy += by;
    this.#heavy += by;
  }

  #visit(network: string): Visitor {
    const { requests_per_s: rate, requests_burst: burst } = this.#limits;
    const now = this.#now();
    const known = this.#visitors.get(network);
    if (known !== undefined) {
      known.tokens = Math.min(burst, known.tokens + ((now - known.at) / 1000) * rate);
      known.at = now;
      return known;
    }
    if (this.#visitors.size >= VISITORS_MAX) this.#forget(now);
    const visitor = { tokens: burst, at: now, open: 0, heavy: 0 };
    this.#visitors.set(network, visitor);
    return visitor;
  }

  /** Those whose bucket has filled up again are as good as new; if nobody's has, the one seen first goes. */
  #forget(now: number): void {
    const { requests_per_s: rate, requests_burst: burst } = this.#limits;
    const idle = [...this.#visitors].filter(([, { open }]) => open === 0);
    for (const [network, { tokens, at }] of idle) {
      if (tokens + ((now - at) / 1000) * rate >= burst) this.#visitors.delete(network);
    }
    const [first] = idle;
    if (this.#visitors.size >= VISITORS_MAX && first) this.#visitors.delete(first[0]);
  }
}

/** One machine has a whole /64 of IPv6 addresses. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function tooMany(seconds: number): Problem {
  return {
    status: 429,
    title: 'Too many requests',
    detail: `requests: are too many from this address, try again in ${seconds} s`,
    name: 'too-many',
    headers: { 'retry-after': String(seconds) },
  };
}
