// Long charts from hourly sums: which queries they answer, and that the rows are those of the raw points.
import { deepStrictEqual as equal, ok, throws } from 'node:assert/strict';
import { HistoryQueryError, type HistoryQuery, type HistoryRow } from '../../gateway/history.ts';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { hourlyPlan, hourlyRows, stepOf, type GaugeHour } from '../../gateway/history/hourly.ts';
import { recordOperations } from '../../gateway/http/api/records.ts';
import type { ApiParts } from '../../gateway/http/api/parts.ts';
import { instantAt } from '../../hall/zone-time.ts';
import { chance } from '../sim/random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONE = 'Asia/Shanghai';
const T0 = instantAt(ZONE, '2026-01-01', 0);
const YEAR: HistoryQuery = {
  ...{ measurement: 'device', field: 'temp_c', aggregate: 'mean' },
  ...{ from: T0, to: instantAt(ZONE, '2027-01-01', 0) },
};

const NOW = instantAt(ZONE, '2028-01-01', 0);

Deno.test('hourly: sums answer long charts of gauges, by whole hours', () => {
  for (const query of [
    {},
    ...(['count', 'sum', 'mean', 'min', 'max'] as const).map((aggregate) => ({ aggregate })),
    ...(['day', 'week', 'month', 'year'] as const).map((calendar) => ({ calendar })),
    { every: HOUR },
    { every: 5 * HOUR, from: T0 + HOUR },
    { to: T0 + 31 * DAY + HOUR },
    { groupBy: ['device'] },
    { where: { device: 'd1' }, groupBy: ['device'] },
    { measurement: 'network', field: 'rtt_ms', groupBy: ['zone'] },
    { measurement: 'occupancy', field: 'present', where: { zone: 'z1' } },
    { from: 0, calendar: 'month' },
  ] satisfies Partial<HistoryQuery>[]) {
    ok(hourlyPlan({ ...YEAR, ...query }, ZONE, NOW), JSON.stringify(query));
  }
});

Deno.test('hourly: everything else is asked of raw points', () => {
  const { field: _, ...points } = YEAR;
  equal(hourlyPlan({ ...points, aggregate: 'count' }, ZONE, NOW), undefined, 'counts points');
  for (const query of [
    { aggregate: 'p50' },
    { aggregate: 'p90' },
    { measurement: 'ticket', aggregate: 'count', field: 'ticket' },
    { measurement: 'toString' },
    { field: 'firmware' },
    { field: 'rtt_ms' },
    { every: HOUR + 1 },
    { every: HOUR / 2 },
    { from: T0 + 1 },
    { to: YEAR.to - 1 },
    { to: T0 + 31 * DAY },
    { to: T0 },
    { every: DAY, calendar: 'day' },
    { groupBy: ['zone'] },
    { groupBy: ['device', 'state'] },
    { where: { state: 'online' } },
    { from: -HOUR },
    { from: 0, to: 8.64e15, calendar: 'year' },
    { from: 0, calendar: 'day' },
    { from: 0, every: HOUR },
  ] satisfies Partial<HistoryQuery>[]) {
    equal(hourlyPlan({ ...YEAR, ...query }, ZONE, NOW), undefined, JSON.stringify(query));
  }
  // Clocks of Lord Howe are changed by half an hour: its hours have moved.
  const [from, to] = ['2026-01-01', '2026-06-01'].map((date) =>
    instantAt('Australia/Lord_Howe', date, 0),
  );
  equal(
    hourlyPlan({ ...YEAR, from: from ?? 0, to: to ?? 0 }, 'Australia/Lord_Howe', NOW),
    undefined,
  );
});

Deno.test(
  'hourly: hours begin with midnight, also at half past; what is asked up to now ends anywhere',
  () => {
    const from = instantAt('Asia/Kolkata', '2026-01-01', 0);
    const [half, to] = [from + HOUR / 2, from + 90 * DAY];
    ok(hourlyPlan({ ...YEAR, from, to, calendar: 'day' }, 'Asia/Kolkata', NOW));
    equal(hourlyPlan({ ...YEAR, from: half, to, every: DAY }, 'Asia/Kolkata', NOW), undefined);
    const now = T0 + 200 * DAY + 12_345;
    ok(hourlyPlan({ ...YEAR, to: now }, ZONE, now));
    equal(hourlyPlan({ ...YEAR, to: now - 1 }, ZONE, now), undefined);
  },
);

Deno.test('hourly: where every bin begins with a day, days are enough', () => {
  const step = (query: Partial<HistoryQuery>, zone = ZONE) => {
    const plan = hourlyPlan({ ...YEAR, ...query }, zone, NOW);
    return plan && stepOf(plan);
  };
  equal(step({}), DAY);
  equal(step({ every: 7 * DAY }), DAY);
  equal(step({ calendar: 'month' }), DAY);
  equal(step({ every: 5 * HOUR }), HOUR);
  equal(step({ from: T0 + HOUR, calendar: 'month' }), HOUR);
  const from = instantAt('Europe/Berlin', '2026-01-01', 0);
  equal(step({ from, calendar: 'month' }, 'Europe/Berlin'), HOUR);
});

Deno.test('hourly: the plan names the hours, and the only gauge', () => {
  const query = { ...YEAR, measurement: 'network', field: 'loss_pct', where: { zone: 'internet' } };
  const { kind, tag, field, of } = hourlyPlan(query, ZONE, NOW) ?? {};
  equal([kind, tag, field, of], ['link', 'zone', 'loss_pct', 'internet/loss_pct']);
  equal(hourlyPlan(YEAR, ZONE, NOW)?.of, undefined);
});

Deno.test('hourly: rows are those of the raw points', async () => {
  const dice = chance(7);
  const history = openEmbeddedHistory({
    ...{ file: `${Deno.makeTempDirSync({ prefix: 'hallcast-' })}/history.sqlite`, timezone: ZONE },
  });
  const hours = new Map<string, GaugeHour>();
  const points = Array.from({ length: 4_000 }, (_, entry) => {
    const at = T0 + dice.below(100 * DAY);
    const device = dice.pick(['d1', 'd2', 'd-10']);
    const fields = { temp_c: dice.below(400) / 4, rssi_dbm: -1 - dice.below(90) };
    for (const [field, value] of Object.entries(fields)) {
      const [of, hour] = [`${device}/${field}`, Math.floor(at / HOUR) * HOUR];
      const last = hours.get(`${of} ${hour}`);
      hours.set(`${of} ${hour}`, {
        ...{ of, hour, n: (last?.n ?? 0) + 1, sum: (last?.sum ?? 0) + value },
        min: Math.min(last?.min ?? Infinity, value),
        max: Math.max(last?.max ?? -Infinity, value),
      });
    }
    const timestampNs = BigInt(at) * 1_000_000n + BigInt(entry);
    return { measurement: 'device', tags: { device }, fields: { ...fields, entry }, timestampNs };
  });
  await history.append(points, 1);
  for (const aggregate of ['count', 'sum', 'mean', 'min', 'max'] as const) {
    for (const more of [
      { to: T0 + 99 * DAY },
      { every: 7 * HOUR, from: T0 + 3 * HOUR, groupBy: ['device'] },
      { calendar: 'day', from: T0 + 5 * HOUR },
      { calendar: 'week', where: { device: 'd2' } },
      { calendar: 'month', groupBy: ['device'], field: 'rssi_dbm' },
      { calendar: 'year', where: { device: 'd9' } },
    ] satisfies Partial<HistoryQuery>[]) {
      const query = { ...YEAR, to: T0 + 100 * DAY, aggregate, ...more };
      const plan = hourlyPlan(query, ZONE, NOW);
      ok(plan, JSON.stringify(query));
      equal(hourlyRows(plan, hours.values()), await history.query(query), JSON.stringify(query));
    }
  }
  await history.close();
});

Deno.test('hourly: more rows than an answer may have are refused', () => {
  const plan = hourlyPlan({ ...YEAR, every: HOUR, groupBy: ['device'] }, ZONE, NOW);
  ok(plan);
  const hour = { hour: T0, n: 1, sum: 1, min: 1, max: 1 };
  const hours = Array.from({ length: 20_001 }, (_, index) => ({ ...hour, of: `d${index}/temp_c` }));
  equal(hourlyRows(plan, hours.slice(1)).length, 20_000);
  throws(() => hourlyRows(plan, hours), HistoryQueryError);
});

Deno.test(
  'GET /history: charts are asked first, the history where they cannot answer',
  async () => {
    const rowOf = (value: number): HistoryRow => ({ at: T0, group: {}, value, n: 1 });
    const values = async (charts: ApiParts['charts']) => {
      const parts = {
        ...{ query: async () => [rowOf(1)], behind: () => undefined, clock: { now: () => T0 } },
        charts,
      } as unknown as ApiParts;
      const url = new URL('http://hall/api/v1/history?measurement=device');
      const { signal } = new AbortController();
      const exchange = { url, signal, request: new Request(url), address: '::1', params: {} };
      const [operation] = recordOperations(parts).filter(({ path }) => path === '/history');
      const answer = await operation?.route.handle(exchange);
      const { rows } = (await answer?.json()) as { rows: HistoryRow[] };
      return rows.map(({ value }) => value);
    };
    equal(await values(async () => undefined), [1]);
    equal(await values(async () => [rowOf(2)]), [2]);
    equal(await values(async () => []), []);
  },
);
