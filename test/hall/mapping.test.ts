// Sources that the hall file declares: what real devices' dialects become, and why not; hostile payloads; and every
// mistake in the file with its line. SPEC §13.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProblem, parseHall, type HallConfig } from '../../hall/config.ts';
import type { DeclaredSource } from '../../hall/config/sources.ts';
import { createJudge } from '../../hall/decode.ts';
import { createDeclared, createMapping, type RuleResult } from '../../hall/mapping.ts';

const HALL = `
hall: { id: h1, name: 厅, timezone: Asia/Shanghai }
zones: [{ id: z1, name: 等候区 }, { id: z2, name: 入口 }]
queues: [{ id: q1, name: 社保, zone: z1 }, { id: q2, name: 税务, zone: z1 }]
windows: [{ id: w1, zone: z1, queues: [q1] }, { id: w2, zone: z1, queues: [q2] }]
devices:
  - { id: disp-7, kind: dispenser, zone: z1 }
  - { id: pad-1, kind: evaluator, window: w2 }
  - { id: door-1, kind: counter, zone: z2 }
`;

const NOW = Date.parse('2026-11-22T10:31:00+08:00');
const utf8 = (text: string) => new TextEncoder().encode(text);

function parse(sources: string): HallConfig {
  const parsed = parseHall(`${HALL}sources:\n${sources}`, 'hall.yaml');
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems, null, 1));
  return parsed.config;
}

/** Everything that one message becomes at the only source. */
function run(sources: string, topic: string, payload: string | Uint8Array) {
  const config = parse(sources);
  const [source] = config.sources;
  assert.ok(source && 'topic' in source);
  const bytes = typeof payload === 'string' ? utf8(payload) : payload;
  const read = createDeclared(source as DeclaredSource).read({
    ...{ topic, payload: bytes, retain: false, receivedAt: NOW },
  });
  if (!read) return undefined;
  const map = createMapping(source, config, createJudge(config));
  const results = read.told.map((told, index) => ({
    device: told.address,
    results: map(told, { device: told.address, receivedAt: NOW, index }),
  }));
  const all = results.flatMap(({ results: each }) => each);
  return {
    refused: read.refused,
    results,
    signals: all.flatMap((result) => ('signal' in result ? [result.signal] : [])),
    why: all.flatMap(whyNot),
  };
}

function whyNot(result: RuleResult): string[] {
  if ('signal' in result) return [];
  return ['ignored' in result ? `- ${result.ignored}` : `${result.reason}: ${result.detail}`];
}

const DISPENSER = `
  - name: old-dispensers
    topic: "vendor/{site}/ticket/{machine}"
    device: "disp-{machine}"
    signals:
      - stream: ticket
        type: issued
        when: { /evt: [NEW, TAKE] }
        id: "{/no}-{/ts}"
        fields:
          ticket: /no
          queue: { from: /biz, map: { "01": q1, "02": q2 } }
          at: { from: /ts, time: s }
          channel: { value: kiosk }
      - stream: ticket
        type: called
        when: { /evt: CALL }
        fields:
          ticket: /no
          window: { from: /win, map: { "1": w1, "2": w2 } }
          at: { from: /ts, time: "yyyyMMddHHmmss" }
`;

test('a dispenser’s JSON: levels, value maps, seconds, a constant, a deduced id', () => {
  const payload = { evt: 'NEW', no: ' A001 ', biz: '02', ts: '1795314660' };
  const out = run(DISPENSER, 'vendor/east/ticket/7', JSON.stringify(payload));
  assert.deepEqual(out?.signals, [
    {
      device: 'disp-7',
      stream: 'ticket',
      signal: {
        ...{ type: 'issued', at: 1795314660000, id: '20261122:disp-7:ticket:issued:A001-1795314660' },
        ...{ ticket: 'A001', queue: 'q2', channel: 'kiosk' },
      },
    },
  ].map((signal) => ({ ...signal, signal: { ...signal.signal } })));
});
