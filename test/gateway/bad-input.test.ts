// Every row of the contract's table of bad input, sent by a real client to a real gateway: nothing stops it, nothing is
// lost without a trace, and at rest received = journaled + duplicate + rejected. SPEC §2, §3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';

const issued = { type: 'issued', id: 'good', ticket: 'A001', queue: 'q1' };
const TICKET = 'hall/h1/disp-1/ticket';

interface Row {
  readonly topic?: string;
  readonly payload: object | string | Uint8Array;
  readonly reasons: readonly string[];
}

const ROWS: readonly Row[] = [
  { payload: new Uint8Array([0xff, 0xfe, 0x7b]), reasons: ['encoding'] },
  { payload: '{"type":', reasons: ['json'] },
  { payload: { ...issued, text: 'x'.repeat(256 * 1024) }, reasons: ['size'] },
  { payload: Array.from({ length: 1001 }, () => issued), reasons: ['size'] },
  { payload: [{ ...issued, id: 'first' }, { type: 'issued' }, 7], reasons: ['field:id', 'json'] },
  { topic: 'hall/h1/disp-1', payload: issued, reasons: ['topic'] },
  { topic: 'hall/h1/disp-1/lottery', payload: issued, reasons: ['topic'] },
  { topic: 'elsewhere', payload: issued, reasons: ['topic'] },
  { payload: { ...issued, type: 'won' }, reasons: ['type'] },
  { payload: { type: 'called', id: 'c', ticket: 'A001' }, reasons: ['field:window'] },
  { topic: 'hall/h2/disp-1/ticket', payload: issued, reasons: ['hall'] },
  { payload: { ...issued, queue: 'q9' }, reasons: ['unknown:queue'] },
  {
    payload: { type: 'called', id: 'c', ticket: 'A001', window: 'w9' },
    reasons: ['unknown:window'],
  },
  {
    topic: 'hall/h1/counter-1/occupancy',
    payload: { type: 'count', zone: 'z9', present: 1 },
    reasons: ['unknown:zone'],
  },
  { payload: [], reasons: ['empty'] },
  { payload: { ...issued, at: 1.5 }, reasons: ['field:at'] },
];

test('bad input: each row is refused with its reason, kept whole, and the gateway goes on', async () => {
  const gateway = await startGateway({ hall: SAMPLE_YAML });
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`);
  try {
    for (const { topic = TICKET, payload } of ROWS) {
      await client.publishAsync(topic, bytes(payload), { qos: 1 });
    }
    const wanted = ROWS.flatMap(({ reasons }) => reasons);
    const { letters: items } = await get<{ letters: { id: number; reason: string }[] }>(
      gateway,
      '/api/v1/dead-letters?limit=100',
    );
    assert.deepEqual(items.map(({ reason }) => reason).toReversed(), wanted);

    const first = await get<{ topic: string; payload_base64: string }>(
      gateway,
      `/api/v1/dead-letters/${items.at(-1)?.id}`,
    );
    assert.deepEqual(first.topic, TICKET);
    assert.deepEqual(
      [...atob(first.payload_base64)].map((letter) => letter.charCodeAt(0)),
      [0xff, 0xfe, 0x7b],
    );

    await client.publishAsync(TICKET, bytes(issued), { qos: 1 });
    await client.publishAsync(TICKET, bytes(issued), { qos: 1 });
    const counts = await counters(gateway);
    assert.deepEqual(counts, {
      received: wanted.length + 3,
      journaled: 2,
      duplicate: 1,
      rejected: wanted.length,
    });
  } finally {
    await client.endAsync();
    await gateway.end();
  }
});

test('what does not fit a visit is recorded as irregular, and what is older than its last step changes nothing', async () => {
  const gateway = await startGateway({ hall: SAMPLE_YAML });
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`);
  const send = (fields: object) =>
    client.publishAsync(TICKET, bytes({ ticket: 'A001', window: 'w1', ...fields }), { qos: 1 });
  try {
    const now = Date.now();
    await send({ type: 'issued', id: 'i', queue: 'q1', at: now - 3 });
    await send({ type: 'completed', id: 'c', at: now - 2 });
    await send({ type: 'called', id: 'old', at: now - 2_000 });
    const { state } = await get<{ state: { tickets: Record<string, object>; counts: object } }>(
      gateway,
      '/api/v1/state',
    );
    const ticket = state.tickets['A001'] as { state: string; irregular: boolean };
    assert.deepEqual([ticket.state, ticket.irregular], ['completed', true]);
    assert.deepEqual(
      { ...state.counts },
      { signals: 3, late: 0, irregular: 2, out_of_order: 0, inferred: 0, overflow: 0 },
    );
    const lines = (await text(gateway, '/api/v1/journal?after=0&limit=10')).trim().split('\n');
    const entries = lines.map(
      (line) => JSON.parse(line) as { signal: { id: string }; marks?: string[]; irregular?: true },
    );
    assert.deepEqual(
      entries.map(({ signal, marks, irregular }) => [signal.id, marks?.[0], irregular]),
      [
        ['i', undefined, undefined],
        ['c', 'irregular', true],
        ['old', 'irregular', true],
      ],
    );
  } finally {
    await client.endAsync();
    await gateway.end();
  }
});

function bytes(payload: Row['payload']): Buffer {
  if (payload instanceof Uint8Array) return Buffer.from(payload);
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

async function text({ url }: Gateway, path: string): Promise<string> {
  return await (await fetch(`${url}${path}`)).text();
}

async function get<T>(gateway: Gateway, path: string): Promise<T> {
  return JSON.parse(await text(gateway, path)) as T;
}

async function counters(gateway: Gateway) {
  const lines = (await text(gateway, '/metrics')).split('\n');
  const sum = (name: string) =>
    lines
      .filter((line) => line.startsWith(`hallcast_signals_${name}_total`))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return {
    received: sum('received'),
    journaled: sum('journaled'),
    duplicate: sum('duplicate'),
    rejected: sum('rejected'),
  };
}
