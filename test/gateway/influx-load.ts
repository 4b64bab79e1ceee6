// Devices that go on publishing while their gateway's InfluxDB is in trouble, and the count of what came to it.
import { connectAsync, type MqttClient } from 'mqtt';
import { setTimeout as pause } from 'node:timers/promises';
import type { Gateway } from '../services/gateway.ts';
import type { Influx } from '../services/influx.ts';
import { metricOf } from './open.ts';

export const INFLUX_HALL = (history = '') => `
hall: { id: h1, name: { zh: 示例大厅, en: Example Hall }, timezone: Asia/Shanghai }
zones: [{ id: z1, name: 等候区 }]
queues: [{ id: q1, name: 社会保险, zone: z1, prefix: A }]
windows: [{ id: w1, label: "1", zone: z1, queues: [q1] }]
limits: { device_signals_per_s: 1000000, device_signals_burst: 1000000, tickets_max: 1000000 }
history: { ${history} }
`;

export interface Load {
  /** signals that the gateway has acknowledged */
  readonly offered: number;
  /** signals that were published, acknowledged or not */
  readonly published: number;
  stop(): Promise<void>;
}

/** Publishes messages of `size` signals, one every `everyMs`, until it is stopped; over a gateway's restarts as well. */
export async function startLoad(
  gateway: Pick<Gateway, 'mqtt'>,
  { size = 20, everyMs = 20, name = 'load' } = {},
): Promise<Load> {
  const client = await connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, {
    ...{ clientId: name, clean: false, reconnectPeriod: 50 },
  });
  client.on('error', () => {});
  const state = { offered: 0, published: 0, stopping: false };
  const waiting = new Set<Promise<void>>();
  const run = (async () => {
    while (!state.stopping) {
      const signals = tickets(name, state.published, size);
      state.published += size;
      const acknowledged = untilTaken(client, name, signals).then(() => {
        state.offered += size;
      });
      waiting.add(acknowledged);
      void acknowledged.finally(() => waiting.delete(acknowledged));
      await pause(everyMs);
    }
    await Promise.all(waiting);
    await client.endAsync();
  })();
  return {
    get offered() {
      return state.offered;
    },
    get published() {
      return state.published;
    },
    async stop() {
      state.stopping = true;
      await run;
    },
  };
}

/** As devices do that keep what was not acknowledged: the same again, whose ids the gateway knows. */
async function untilTaken(
  client: MqttClient,
  device: string,
  signals: readonly object[],
): Promise<void> {
  for (;;) {
    try {
      return await publishTickets(client, device, signals);
    } catch {
      await pause(50);
    }
  }
}

export function tickets(name: string, from: number, count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ type: 'issued', id: `${name}-${from + index}`, queue: 'q1' },
    ticket: `A${(from + index) % 20_000}`,
  }));
}

export async function publishTickets(
  client: MqttClient,
  device: string,
  signals: readonly object[],
): Promise<void> {
  await client.publishAsync(`hall/h1/${device}/ticket`, JSON.stringify(signals), { qos: 1 });
}

/** What InfluxDB has of the hall's tickets: points, and different ids among them. */
export async function stored(
  influx: Influx,
  database = 'hallcast',
): Promise<{ points: number; ids: number; entries: number }> {
  const [points] = await influx.ask('SELECT count("entry") AS n FROM "ticket"', database);
  const distinct = async (field: string): Promise<number> => {
    const inner = `SELECT distinct("${field}") AS each FROM "ticket"`;
    const [row] = await influx.ask(`SELECT count(each) AS n FROM (${inner})`, database);
    return Number(row?.['n'] ?? 0);
  };
  return {
    ...{ points: Number(points?.['n'] ?? 0), ids: await distinct('id') },
    entries: await distinct('entry'),
  };
}

export interface Figures {
  readonly journaled: number;
  readonly pending: number;
  readonly written: number;
  readonly rejected: number;
}

export async function figures(gateway: Pick<Gateway, 'url'>): Promise<Figures> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return {
    journaled: metricOf(text, 'hallcast_signals_journaled_total'),
    pending: metricOf(text, 'hallcast_history_pending'),
    written: metricOf(text, 'hallcast_history_written_total'),
    rejected: metricOf(text, 'hallcast_history_rejected_total'),
  };
}

export interface HistoryPart {
  readonly state: string;
  readonly detail?: string;
}

export async function historyPart(gateway: Pick<Gateway, 'url'>): Promise<HistoryPart> {
  const response = await fetch(`${gateway.url}/healthz`);
  const { parts } = (await response.json()) as { parts: { history: HistoryPart } };
  return parts.history;
}

/** Waits until a question has the wanted answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  withinMs = 40_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: still ${JSON.stringify(answer)}`);
    await pause(50);
  }
}
