// Data folders of a version that had no commands and no facts, kept accepted devices in a file and gathered rollups: one was
// stopped, one killed. This version opens them. upgrade/README.md says how they were made.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createClock } from '../../gateway/clock.ts';
import { connectDevice, eventually, openTestGateway, publish, type TestGateway } from './open.ts';

type Json = Record<string, unknown>;

interface Value {
  readonly value: number;
  readonly n: number;
}

/** The day of the live page at its end. */
interface OldDay {
  readonly figures: {
    readonly issued: number;
    readonly completed: number;
    readonly missed: number;
    readonly meanWaitMs: Value;
    readonly within: readonly { readonly share: Value }[];
    readonly satisfaction?: Value;
    readonly abandonment: Value;
  };
  readonly windows: Readonly<Record<string, OldWindow>>;
  readonly queues: Readonly<Record<string, { readonly meanWaitMs: { mean: number; n: number } }>>;
}

interface OldWindow {
  readonly completed: number;
  readonly utilisation: number;
  readonly serviceMs: { readonly mean: number; readonly n: number };
}

/** What the old gateway said last. */
interface Expected {
  readonly now: number;
  readonly state: { readonly state: Json };
  readonly live: { readonly figures: Json };
  readonly board: { readonly calls: Json };
  readonly discovered: Json;
  readonly letters: Json;
  readonly charts: Readonly<Record<string, readonly Json[]>>;
  readonly journal: readonly string[];
  readonly days?: readonly OldDay[];
}

const FOLDER = new URL('./upgrade/', import.meta.url).pathname;
const HALL = readFileSync(`${FOLDER}hall.yaml`, 'utf8');
/** Days of which the journal has every entry. */
const DATES = ['2026-11-10', '2026-11-11', '2026-11-12'];
const OVER = 'from=2026-11-10&to=2026-11-10';
const PERIOD = 'from=2026-11-10&to=2026-11-12';

function unpack(name: string): { data: string; expected: Expected } {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-upgrade-' });
  const { status } = spawnSync('tar', ['-C', data, '-xJf', `${FOLDER}${name}.tar.xz`]);
  equal(status, 0, 'tar');
  return { data, expected: JSON.parse(readFileSync(`${data}/expected.json`, 'utf8')) as Expected };
}

/** At the time when the old gateway ended. */
function open(data: string, at: number): Promise<TestGateway> {
  const began = Date.now();
  const source = { wall: () => at + Date.now() - began, steady: () => performance.now() };
  return openTestGateway({ data, hall: HALL, clock: createClock(1, at, source) });
}

async function lines(gateway: TestGateway, path: string): Promise<string[]> {
  return (await (await gateway.get(path)).text()).split('\n').filter(Boolean);
}

const journal = (gateway: TestGateway) => lines(gateway, '/api/v1/journal?limit=100000');

/** Everything that the old value has; what is new beside is no difference. */
function known(is: unknown, was: unknown): unknown {
  if (Array.isArray(was) && Array.isArray(is)) {
    return is.map((each, index) => known(each, was[index]));
  }
  if (typeof was !== 'object' || was === null || typeof is !== 'object' || is === null) return is;
  const of = is as Json;
  return Object.fromEntries(
    Object.entries(was).map(([name, value]) => [name, known(of[name], value)]),
  );
}

const sameAs = (is: unknown, was: unknown, what: string) => equal(known(is, was), was, what);

/** A mean of sums, whichever way they were added. */
const rounded = (value: unknown) => Math.round(Number(value) * 1e6) / 1e6;

/**
 * Without what only entries told that retention has taken from the journal: the checkpoint of another version is not used.
 * Nothing of a real hall is missed that was heard within `retention.journal_days`.
 */
function journaledState({ state: { state }, journal: lines }: Expected): Json {
  if (JSON.parse(lines[0] ?? '').seq === 1) return state;
  const cases = Object.entries(state['cases'] as Json).filter(([id]) =>
    lines.some((line) => line.includes(`"case":"${id}"`)),
  );
  const devices = Object.entries(state['devices'] as Record<string, Json>).map(
    ([id, { since: _since, steps: _steps, ...device }]) => [id, device],
  );
  return { ...state, cases: Object.fromEntries(cases), devices: Object.fromEntries(devices) };
}

async function checkState(gateway: TestGateway, expected: Expected): Promise<void> {
  const { state } = await gateway.json<{ state: Json }>('/api/v1/state');
  sameAs(state, journaledState(expected), 'state');
  const live = await gateway.json<{ data: Json }>('/api/v1/state?view=live');
  // Percentiles were interpolated.
  const { p90WaitMs: _, ...figures } = expected.live.figures;
  sameAs(live.data, { figures }, 'figures of the present day');
  const board = await gateway.json<{ data: Json }>('/api/v1/state?view=screen:b1');
  equal(board.data['calls'], expected.board.calls);
  sameAs(await gateway.json('/api/v1/discovered'), expected.discovered, 'devices that joined');
  equal(await gateway.json('/api/v1/dead-letters'), expected.letters);
}

async function checkCharts(gateway: TestGateway, expected: Expected): Promise<void> {
  for (const [question, was] of Object.entries(expected.charts)) {
    const { rows } = await gateway.json<{ rows: Json[] }>(`/api/v1/history?${question}`);
    const plain = (list: readonly Json[]) =>
      list.map(({ value, approximate: _, ...row }) => ({ ...row, value: rounded(value) }));
    equal(plain(rows), plain(was), question);
  }
}

async function figures(gateway: TestGateway, query: string, period = PERIOD): Promise<Json[]> {
  return (await gateway.json<{ rows: Json[] }>(`/api/v1/figures?${period}&per=day&${query}`)).rows;
}

async function checkDays(gateway: TestGateway, days: readonly OldDay[]): Promise<void> {
  const names =
    'issued,served,missed,wait_mean_ms,within_1,within_2,within_3,satisfaction,abandonment';
  const rows = await figures(gateway, `figure=${names}`);
  const value = (name: string, row: Json | undefined) => (row?.[name] ?? {}) as Partial<Value>;
  for (const [index, { figures: was }] of days.entries()) {
    const row = rows[index];
    const [within = {}, second = {}, third = {}] = was.within.map(({ share }) => share);
    equal(
      ['issued', 'served', 'missed'].map((name) => value(name, row).value),
      [was.issued, was.completed, was.missed],
    );
    for (const [name, old] of Object.entries({
      ...{ wait_mean_ms: was.meanWaitMs, satisfaction: was.satisfaction ?? {} },
      ...{ within_1: within, within_2: second, within_3: third, abandonment: was.abandonment },
    })) {
      near(value(name, row), old, `${name} of ${DATES[index]}`);
    }
  }
}

/** Pages had rounded values. */
function near(is: Partial<Value>, was: Partial<Value>, what: string): void {
  equal(is.n, was.n, `n of ${what}`);
  const most = Math.max(0.01, Math.abs(was.value ?? 0) * 1e-5);
  ok(
    Math.abs((is.value ?? 0) - (was.value ?? 0)) <= most,
    `${what}: ${is.value}, was ${was.value}`,
  );
}

async function checkKeys(gateway: TestGateway, days: readonly OldDay[]): Promise<void> {
  const windows = await figures(gateway, 'figure=served,service_mean_ms,utilisation&by=window');
  const queues = await figures(gateway, 'figure=wait_mean_ms&by=queue');
  const of = (rows: Json[], key: string, id: string, index: number) =>
    rows.filter((row) => row[key] === id)[index] as Record<string, Value> | undefined;
  for (const [index, day] of days.entries()) {
    for (const [id, { completed, utilisation, serviceMs }] of Object.entries(day.windows)) {
      const row = of(windows, 'window', id, index);
      equal(row?.['served']?.value, completed, id);
      near(row['service_mean_ms'] ?? {}, { value: serviceMs.mean, n: serviceMs.n }, id);
      near({ value: row['utilisation']?.value ?? 0 }, { value: utilisation }, `use of ${id}`);
    }
    for (const [id, { meanWaitMs }] of Object.entries(day.queues)) {
      const { mean: value, n } = meanWaitMs;
      near(of(queues, 'queue', id, index)?.['wait_mean_ms'] ?? {}, { value, n }, id);
    }
  }
}

/** Each visit by the journal's lines of its number on its day. */
async function checkVisits(gateway: TestGateway, expected: Expected): Promise<void> {
  const visits = (await lines(gateway, `/api/v1/visits?${PERIOD}`)).map((line) => JSON.parse(line));
  const entries = expected.journal.map((line) => JSON.parse(line));
  const first = (visit: Json, type: string): number | undefined =>
    entries.find(
      ({ seq, signal }) =>
        seq >= Number(visit['visit']) &&
        signal.ticket === visit['ticket'] &&
        signal.type === type &&
        dateOf(signal.at) === visit['date'],
    )?.at;
  const today = dateOf(expected.now);
  const isOver = (date: string) => DATES.includes(date) && date < today;
  const issued = entries.filter(
    ({ signal }) => signal.type === 'issued' && isOver(dateOf(signal.at)),
  );
  equal(visits.filter(({ date }) => isOver(date)).length, issued.length);
  for (const visit of visits) {
    equal(
      [visit.issued_at, visit.called_at, visit.serving_at],
      ['issued', 'called', 'serving'].map((type) => first(visit, type)),
      `${visit.ticket} of ${visit.date}`,
    );
    const isDone = first(visit, 'completed') !== undefined;
    equal(visit.end === 'completed', isDone, `${visit.ticket} of ${visit.date}`);
  }
}

/** Of the hall, which is eight hours ahead. */
const dateOf = (at: number): string => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);

/** What the file of accepted devices said is journaled, and the file is gone; the rollups' as well. */
async function checkTakenOver(gateway: TestGateway, expected: Expected): Promise<void> {
  const all = await journal(gateway);
  equal(all.slice(0, expected.journal.length), expected.journal);
  const added = all.slice(expected.journal.length).map((line) => JSON.parse(line));
  equal(
    added.map(({ device, signal, by }) => [device, by.who, signal.type, signal.address]),
    [
      ['device.ignored', '0x00158d0000000002'],
      ['device.ignored', 'stray-1'],
      ['device.accepted', '0x00158d0000000001'],
      ['device.accepted', '0x00158d0000000003'],
      ['device.accepted', 'pad-9'],
      ['device.accepted', 'lamp-7'],
    ].map((each) => ['command', 'accepted-devices.yaml', ...each]),
  );
  const names = new Set(readdirSync(gateway.data));
  equal(names.has('accepted-devices.yaml'), false);
  equal(names.has('accepted-devices.yaml.taken-over'), true);
  // The facts' thread removes them when it has read them.
  await eventually(
    'rollups',
    () => readdirSync(gateway.data).filter((name) => name.startsWith('rollup')),
    ({ length }) => length === 0,
  );
}

/** Everything that must be the same after the next start. */
async function standing(gateway: TestGateway): Promise<Json> {
  const { state } = await gateway.json('/api/v1/state');
  const long = 'measurement=device&field=temp_c&aggregate=sum&calendar=day';
  return {
    ...{ state, journal: await journal(gateway) },
    visits: await lines(gateway, `/api/v1/visits?${PERIOD}`),
    // Of a day that goes on they grow with time.
    figures: await figures(gateway, 'figure=utilisation,away_ms&by=window', OVER),
    rows: (await gateway.json(`/api/v1/history?${long}&from=${Date.UTC(2026, 9, 1, 16)}`))['rows'],
    discovered: await gateway.json('/api/v1/discovered'),
  };
}

/** Signals count, also those of devices that were accepted: strangers are refused in this hall. */
async function checkNew(gateway: TestGateway): Promise<void> {
  const before = (await journal(gateway)).length;
  const [dispenser, pad] = [
    await connectDevice(gateway, 'disp-1'),
    await connectDevice(gateway, 'pad-9'),
  ];
  await publish(dispenser, 'ticket', { type: 'issued', id: 'new-1', ticket: 'A900', queue: 'q1' });
  await publish(pad, 'evaluation', { type: 'submitted', id: 'new-1', window: 'w2', level: 5 });
  await Promise.all([dispenser.endAsync(), pad.endAsync()]);
  equal((await journal(gateway)).length, before + 2);
  const { state } = await gateway.json<{ state: { tickets: Json } }>('/api/v1/state');
  ok('A900' in state.tickets);
}

/** Codes of warnings and errors in the log; the recorded hall has faults of its own. */
const warned = ({ lines: log }: TestGateway) =>
  log.flatMap((line) => /"code":"(?!fault)([^"]*)"/.exec(line)?.[1] ?? []);

for (const name of ['stopped', 'killed']) {
  Deno.test(`13.9 15.8 a data folder of an earlier version that was ${name}`, async () => {
    const { data, expected } = unpack(name);
    const first = await open(data, expected.now);
    let before: Json;
    try {
      await checkTakenOver(first, expected);
      await checkState(first, expected);
      await checkCharts(first, expected);
      await checkVisits(first, expected);
      const days = expected.days?.slice(1) ?? [];
      await checkDays(first, days);
      await checkKeys(first, days);
      before = await standing(first);
    } finally {
      await first.stop();
    }
    const second = await open(data, expected.now + 30_000);
    try {
      equal(await standing(second), before);
      ok(existsSync(`${data}/accepted-devices.yaml.taken-over`));
      await checkNew(second);
      equal([first, second].map(warned), [['state.checkpoint'], []]);
    } finally {
      await second.stop();
      Deno.removeSync(data, { recursive: true });
    }
  });
}

Deno.test('15.8 rollups are taken over where retention has left no entry', async () => {
  const { data, expected } = unpack('stopped');
  const database = new DatabaseSync(`${data}/journal.sqlite`);
  database.exec(
    `INSERT OR REPLACE INTO meta SELECT 'pruned_through', max(seq) FROM entry; DELETE FROM entry`,
  );
  database.close();
  Deno.removeSync(`${data}/history.sqlite`);
  const gateway = await open(data, expected.now + 5 * 86_400_000);
  try {
    const [[question, was = []] = ['']] = Object.entries(expected.charts);
    const { rows } = await gateway.json<{ rows: Json[] }>(`/api/v1/history?${question}`);
    equal(rows.length, was.length - 1, 'the last hours were not gathered yet');
  } finally {
    await gateway.stop();
    Deno.removeSync(data, { recursive: true });
  }
});
