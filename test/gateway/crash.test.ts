// kill -9, again and again, at 1,000 signals per second from 50 devices: what was acknowledged is there exactly once,
// and the state after replay is the state before. SPEC §3, §4.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mqtt, { type MqttClient } from 'mqtt';
import { stateJson } from '../../gateway/http/shape.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import { parseHall } from '../../hall/config.ts';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { chance } from '../sim/random.ts';

const DEVICES = 50;
const SIGNALS_PER_SECOND = 1_000;
const KILLS = 20;
/** a gateway lives so long at least between two deaths, and up to twice that */
const LIFE_MS = 500;

test('20 × kill -9 at 1,000 signals/s: every acknowledged signal exactly once, the same state after replay', async () => {
  const dice = chance(20);
  let gateway = await startGateway({ hall: SAMPLE_YAML });
  const { data, http, mqtt: port } = gateway;
  const load = startLoad(port);
  try {
    for (let death = 0; death < KILLS; death++) {
      const acknowledged = load.acknowledged.size;
      await load.more(SIGNALS_PER_SECOND * (LIFE_MS / 1000) * (1 + dice.next()));
      assert.ok(load.acknowledged.size > acknowledged, `nothing acknowledged in life ${death}`);
      await gateway.kill();
      gateway = await startGateway({ hall: SAMPLE_YAML, data, http, mqtt: port });
    }
    await load.finish();
    const entries = await journalOf(gateway);
    const seen = new Map<string, number>();
    for (const { signal } of entries) seen.set(signal.id, (seen.get(signal.id) ?? 0) + 1);
    const lost = [...load.acknowledged].filter((id) => !seen.has(id));
    const doubled = [...seen].filter(([, count]) => count > 1);
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
    assert.equal(seen.size, load.acknowledged.size);

    const before = await stateOf(gateway);
    assert.ok(before, 'the API tells the state');
    await gateway.kill();
    gateway = await startGateway({ hall: SAMPLE_YAML, data, http, mqtt: port });
    const after = await stateOf(gateway);
    // Clients that come back say nothing on their own, so nothing but the replay made this state.
    assert.deepEqual(after, before);
    assert.deepEqual(after, foldedFrom(entries));
  } finally {
    await load.end();
    await gateway.end();
  }
});

/** 50 clients, each publishing at its pace; unacknowledged publishes are sent again after each reconnect. */
function startLoad(port: number) {
  const acknowledged = new Set<string>();
  const progress = new EventTarget();
  const clients: MqttClient[] = [];
  const timers: ReturnType<typeof setInterval>[] = [];
  let pending = 0;
  let numbered = 0;
  for (let device = 0; device < DEVICES; device++) {
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      clientId: `device-${device}`,
      clean: false,
      reconnectPeriod: 50,
      connectTimeout: 2_000,
    });
    // A refused connection while the gateway is down is what this test is about.
    client.on('error', () => {});
    clients.push(client);
    const publish = () => {
      if (!client.connected) return;
      const id = `load-${device}-${++numbered}`;
      const ticket = `A${100 + (numbered % 400)}`;
      const type = ['issued', 'called', 'serving', 'completed'][Math.trunc(numbered / 400) % 4];
      const place = type === 'issued' ? { queue: 'q1' } : { window: 'w1' };
      pending++;
      client.publish(
        `hall/h1/device-${device}/ticket`,
        JSON.stringify({ type, id, ticket, ...place }),
        { qos: 1 },
        (error) => {
          pending--;
          if (!error) acknowledged.add(id);
          progress.dispatchEvent(new Event('step'));
        },
      );
    };
    timers.push(setInterval(publish, (DEVICES * 1000) / SIGNALS_PER_SECOND));
  }
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
    /** Resolves when so many more have been acknowledged. */
    more(count: number) {
      const goal = acknowledged.size + count;
      return reached(() => acknowledged.size >= goal);
    },
    /** Publishes no more and resolves when all that was published is acknowledged. */
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

interface Line {
  seq: number;
  device: string;
  stream: string;
  received_at: number;
  signal: { id: string };
}

async function journalOf({ url }: Gateway): Promise<Line[]> {
  const lines: Line[] = [];
  for (;;) {
    const after = lines.at(-1)?.seq ?? 0;
    const text = await (await fetch(`${url}/api/v1/journal?after=${after}&limit=1000`)).text();
    const page = text.split('\n').filter((line) => line !== '');
    if (page.length === 0) return lines;
    for (const line of page) lines.push(JSON.parse(line));
  }
}

async function stateOf({ url }: Gateway): Promise<unknown> {
  const { state } = (await (await fetch(`${url}/api/v1/state`)).json()) as { state: unknown };
  return state;
}

/** The state that the journal's entries lead to, folded here. */
function foldedFrom(entries: readonly Line[]): unknown {
  const parsed = parseHall(SAMPLE_YAML, 'sample.yaml');
  assert.ok(parsed.ok);
  const { config } = parsed;
  let hall = startHall(config, entries[0]?.received_at ?? 0);
  for (const { device, stream, received_at: receivedAt, signal } of entries) {
    hall = fold(hall, config, { device, stream, receivedAt, signal } as unknown as Received);
  }
  return JSON.parse(JSON.stringify(stateJson(hall)));
}
