// What clients cost, charged by client id, and by address for clients that the hall file does not list: a name is free,
// an address is not. SPEC §20.
import { type Limits, type Rate, Rates } from './limits.ts';

export interface Payer {
  readonly id: string;
  readonly address: string;
  readonly listed: boolean;
}

export interface Charged {
  /** Its next packets wait so long, ms. */
  readonly waitMs: number;
  /** It has been held back for so long, ms. */
  readonly slowedMs: number;
}

const FREE: Charged = { waitMs: 0, slowedMs: 0 };

export class Accounts {
  readonly #clients: Rates;
  readonly #addresses: Rates;
  readonly #deliveries: Rates;

  constructor(limits: Limits) {
    this.#clients = new Rates(limits, limits.connectionsMax * 2);
    this.#addresses = new Rates(limits.address, limits.connectionsMax * 2);
    const { perSecond, burst } = limits.deliveries;
    const noBytes = { bytesPerSecond: 1, bytesBurst: 1 };
    this.#deliveries = new Rates(
      { signalsPerSecond: perSecond, signalsBurst: burst, ...noBytes },
      limits.connectionsMax * 2,
    );
  }

  charge({ id, address, listed }: Payer, signals: number, bytes: number): Charged {
    const now = performance.now();
    const own = pay(this.#clients.of(id, now), signals, bytes, now);
    const shared = listed ? FREE : pay(this.#addresses.of(address, now), signals, bytes, now);
    return own.waitMs > shared.waitMs ? own : shared;
  }

  /** A message is passed on to a client; false where its address has had too many. */
  deliver({ address, listed }: Payer): boolean {
    if (listed) return true;
    const now = performance.now();
    return this.#deliveries.of(address, now).charge(1, 0, now) === 0;
  }
}

function pay(rate: Rate, signals: number, bytes: number, now: number): Charged {
  const waitMs = rate.charge(signals, bytes, now);
  return { waitMs, slowedMs: rate.slowedMs(now) };
}
