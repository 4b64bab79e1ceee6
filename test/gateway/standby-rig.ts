// Two real gateways of one hall at a real Mosquitto, and devices that publish there at a steady pace.
import mqtt, { type MqttClient } from 'mqtt';
import { stateJson } from '../../gateway/http/shape.ts';
import { parseHall } from '../../hall/config.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { freePort } from '../services/mosquitto.ts';
import { HALL } from './open.ts';

/** For what to print when a wait was in vain: the cause is often at the other one. */
const started: Gateway[] = [];

export const KEY = 'a key that both have';

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
      hall: options.hall ?? HALL,
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

export async function healthOf({ url }: Gateway): Promise<Health | undefined> {
  try {
    return (await (await fetch(`${url}/healthz`)).json()) as Health;
  } catch {
    return undefined;
  }
}

/** Waits until this gateway leads, follows or is attached; how long that took, ms. */
export async function becomes(
  gateway: Gateway,
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

export interface Load {
  /** ids that the broker has acknowledged */
  readonly acknowledged: ReadonlySet<string>;
  /** Resolves when so many more have been acknowledged. */
  more(count: number): Promise<void>;
  /** Publishes no more and resolves when all that was published is acknowledged. */
  finish(): Promise<void>;
  end(): Promise<void>;
}

const TYPES = ['issued', 'called', 'serving', 'completed'] as const;

/** Devices that publish tickets, together so many a second, at QoS 1. */
export async function startLoad(url: string, perSecond: number, devices = 20): Promise<Load> {
  const acknowledged = new Set<string>();
  const progress = new EventTarget();
  const run = crypto.randomUUID().slice(0, 8);
  let pending = 0;
  let numbered = 0;
  const clients = await Promise.all(
    Array.from({ length: devices }, (_, device) =>
      mqtt.connectAsync(url, { clientId: `device-${device}-${run}`, clean: false }),
    ),
  );
  const publish = (client: MqttClient, device: number): void => {
    const id = `${run}-${device}-${++numbered}`;
    const ticket = `A${100 + (numbered % 400)}`;
    const type = TYPES[Math.trunc(numbered / 400) % 4];
    const place = type === 'issued' ? { queue: 'q1' } : { window: 'w1' };
    const text = JSON.stringify({ type, id, ticket, at: Date.now(), ...place });
    pending++;
    client.publish(`hall/h1/device-${device}/ticket`, text, { qos: 1 }, (error) => {
      pending--;
      if (!error) acknowledged.add(id);
      progress.dispatchEvent(new Event('step'));
    });
  };
  const timers = clients.map((client, device) =>
    setInterval(() => publish(client, device), (devices * 1000) / perSecond),
  );
  const reached = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!done()) return;
        progress.removeEventListener('step', look);
        resolve();
      };
      progress.addEventListener('step', look);
      look();
    });
  return {
    acknowledged,
    more(count) {
      const goal = acknowledged.size + count;
      return reached(() => acknowledged.size >= goal);
    },
    finish() {
      for (const timer of timers) clearInterval(timer);
      return reached(() => pending === 0);
    },
    async end() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(clients.map((client) => client.endAsync(true)));
    },
  };
}

export interface Line {
  readonly seq: number;
  readonly device: string;
  readonly stream: string;
  readonly received_at: number;
  readonly signal: { readonly id: string };
}

export async function journalOf({ url }: Gateway, after = 0): Promise<Line[]> {
  const query = `after=${after}&limit=100000`;
  const text = await (await fetch(`${url}/api/v1/journal?${query}`)).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
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

export async function stateOf({ url }: Gateway): Promise<unknown> {
  return ((await (await fetch(`${url}/api/v1/state`)).json()) as { state: unknown }).state;
}

/** The state that the journal's entries lead to, folded here. */
export function foldedFrom(entries: readonly Line[], yaml = HALL): unknown {
  const parsed = parseHall(yaml, 'hall.yaml');
  if (!parsed.ok) throw new Error('hall file');
  const { config } = parsed;
  let hall = startHall(config, entries[0]?.received_at ?? 0);
  for (const { device, stream, received_at: receivedAt, signal } of entries) {
    hall = fold(hall, config, { device, stream, receivedAt, signal } as unknown as Received);
  }
  return JSON.parse(JSON.stringify(stateJson(hall)));
}

export async function metricOf({ url }: Gateway, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}
