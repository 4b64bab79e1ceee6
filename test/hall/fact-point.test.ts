// Facts as points: the time, the tags and the fields that Grafana and reports rely on. SPEC §10.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hourPoint, visitPoint, type HourRow } from '../../hall/fact/point.ts';
import { HOUR_KINDS } from '../../hall/fact/hours.ts';
import type { VisitFact } from '../../hall/fact.ts';
import type { Point } from '../../hall/point.ts';

const AT = Date.UTC(2026, 10, 20, 2);
const NS = 1_000_000n;

const VISIT: VisitFact = {
  ...{ visit: 3_000_017, ticket: 'A007', date: '2026-11-20', class: 'normal', channel: 'kiosk' },
  ...{ queue: 'q1', window: 'w1', staff: '1024', service: 's1', department: '人社局', zone: 'z1' },
  ...{ issued_at: AT, arrived_at: AT, called_at: AT + 1, serving_at: AT + 2, ended_at: AT + 9 },
  ...{ wait_ms: 1, service_ms: 7, held_ms: 0, calls: 1, transfers: 0, end: 'completed' },
  ...{ outcome: 'done', level: 5, inferred: true, irregular: true, unissued: true, unserved_ms: 4 },
};
const ROW: HourRow = {
  ...{ kind: 'zone', of: 'z1', hour: AT, spent: {} },
  ...{ n: 2, sum: 30, min: 10, max: 20, last: 20 },
};

test('10.7 a visit is a point at its issue, under the tag of its hall alone', () => {
  assert.deepEqual(visitPoint('h1', VISIT), {
    measurement: 'visit',
    tags: { hall: 'h1' },
    fields: { ...VISIT },
    timestampNs: BigInt(AT) * NS + 17n,
  });
});

test("10.7 an hour's sum is a point at the hour's begin", () => {
  const states = { closed: 0, idle: 0, calling: 0, serving: 0, paused: 0, away: 0 };
  const none = { n: 0, sum: 0, min: null, max: null, last: null };
  const cases: [Partial<HourRow>, Point['fields']][] = [
    [{}, { n: 2, sum: 30, min: 10, max: 20, last: 20 }],
    [
      { kind: 'gauge', of: 'disp-1/paper_pct', last: null },
      { n: 2, sum: 30, min: 10, max: 20 },
    ],
    [
      { kind: 'link', ...none },
      { n: 0, sum: 0 },
    ],
    [
      { kind: 'window', of: 'w1', ...none, spent: { idle: 5, away: 7 } },
      { ...states, idle: 5, away: 7 },
    ],
    [{ kind: 'window', of: 'w1', ...none }, states],
    [
      { kind: 'device', of: 'disp-1', ...none, spent: { online: 9 } },
      { online: 9, degraded: 0, offline: 0, fault: 0, maintenance: 0 },
    ],
  ];
  for (const [part, fields] of cases) {
    const row = { ...ROW, ...part };
    const { kind, of } = row;
    assert.deepEqual(hourPoint('h1', row), {
      measurement: 'hour',
      tags: { hall: 'h1', kind, of },
      fields,
      timestampNs: BigInt(AT) * NS,
    });
  }
});

test('10.2 within a measurement no name is both a tag and a field, and no point is empty', () => {
  const hours = HOUR_KINDS.map((kind) => hourPoint('h1', { ...ROW, kind }));
  for (const { measurement, tags, fields } of [visitPoint('h1', VISIT), ...hours]) {
    const names = Object.keys(fields);
    assert.ok(names.length > 0, measurement);
    assert.deepEqual(
      names.filter((name) => name in tags),
      [],
      measurement,
    );
  }
});
