// Two real gateways of one hall at a real broker.
import { startGateway, type Gateway } from '../services/gateway.ts';
import { journalOf, type Line } from '../services/ask.ts';
import { freePort } from '../services/mosquitto.ts';
import { ROOM_FOR_LOAD } from '../services/publishers.ts';
import { HALL } from './open-hall.ts';

/** For what to print when a wait was in vain: the cause is often at the other one. */
const started: Gateway[] = [];

export const KEY = 'a key of 32 bytes that both have';

export interface Side {
  gateway: Gateway;
  /** Starts it again on its own port and folder. */
  again(): Promise<void>;
}

export interface PairOptions {
  readonly hall?: string;
  readonly influx?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Through which port the other one reaches that port; itself by default. */
  readonly via?: (port: number) => Promise<number>;
}

/** The two of them; neither is started yet. */
export async function makePair(broker: string, options: PairOptions = {}) {
  const ports = [await freePort(), await freePort()];
  const { via = (port: number) => Promise.resolve(port) } = options;
  const seen = [await via(ports[0] ?? 0), await via(ports[1] ?? 0)];
  const start = async (index: 0 | 1, way: string, data?: string): Promise<Gateway> => {
    const gateway = await startGateway({
      hall: options.hall ?? `${HALL}${ROOM_FOR_LOAD}`,
      broker: way,
      peer: `http://127.0.0.1:${seen[1 - index]}`,
      http: ports[index] ?? 0,
      ...(data !== undefined && { data }),
      ...(options.influx !== undefined && { influx: options.influx }),
      env: { HALLCAST_PEER_KEY: KEY, HALLCAST_NAME: `gateway-${'ab'[index]}`, ...options.env },
    });
    started.push(gateway);
    return gateway;
  };
  const side = async (index: 0 | 1, way: string): Promise<Side> => {
    const made: Side = {
      gateway: await start(index, way),
      async again() {
        made.gateway = await start(index, way, made.gateway.data);
      },
    };
    return made;
  };
  return { a: (way = broker) => side(0, way), b: (way = broker) => side(1, way) };
}

export interface Health {
  readonly role: string;
  readonly parts: Record<string, { state: string; detail?: string }>;
}

export async function healthOf({ url }: Pick<Gateway, 'url'>): Promise<Health | undefined> {
  try {
    return (await (await fetch(`${url}/healthz`)).json()) as Health;
  } catch {
    return undefined;
  }
}

/** Waits until this gateway leads, follows or is attached; how long that took, ms. */
export async function becomes(
  gateway: Pick<Gateway, 'url'>,
  what: 'leading' | 'attached' | 'following' | 'alone',
  msMax = 20_000,
): Promise<number> {
  const began = performance.now();
  for (let last: Health | undefined; ;) {
    last = await healthOf(gateway);
    const standby = last?.parts['standby'];
    const is = {
      leading: last?.role === 'leading',
      attached: last?.role === 'leading' && standby?.state === 'ok',
      alone: last?.role === 'leading' && standby?.state === 'degraded',
      following: last?.role === 'standby' && standby?.state === 'ok',
    };
    if (is[what]) return performance.now() - began;
    if (performance.now() - began > msMax) {
      throw new Error(
        `not ${what} within ${msMax} ms: ${JSON.stringify(last)}\n` +
          started.map((each) => `${each.url}\n${each.output().slice(-3_000)}`).join('\n'),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until the journal has every one of these ids. */
export async function hasAll(gateway: Gateway, ids: ReadonlySet<string>): Promise<Line[]> {
  const deadline = performance.now() + 20_000;
  const lines: Line[] = [];
  const missing = new Set(ids);
  for (;;) {
    for (const line of await journalOf(gateway, lines.at(-1)?.seq)) {
      lines.push(line);
      missing.delete(line.signal.id);
    }
    if (missing.size === 0) return lines;
    if (performance.now() > deadline) {
      throw new Error(`${missing.size} of ${ids.size} are missing: ${[...missing].slice(0, 3)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
