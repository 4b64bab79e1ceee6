// The demo hall's past: eight weeks as a gateway would have journaled them, facts of the months before, mornings that look
// like those of a hall.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asReceived, demoDay, pastDay } from '../../demo/day.ts';
import { readDemoHall } from '../../demo/hall.ts';
import { makePast } from '../../demo/past.ts';
import { journalDays, olderDays } from '../../demo/past/days.ts';
import { answerFigures } from '../../gateway/facts/answer.ts';
import { Follower } from '../../gateway/facts/follower.ts';
import { FactStore } from '../../gateway/facts/store.ts';
import { Reader } from '../../gateway/journal/reader.ts';
import type { Figure } from '../../hall/figure.ts';
import { advance, fold, startHall } from '../../hall/reduce.ts';
import { values } from '../../hall/table.ts';
import { cutView } from '../../hall/view/index.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { addDays, businessDate, dayBounds, instantAt } from '../../hall/zone-time.ts';

const config = readDemoHall();
const { timezone } = config.hall;
const TODAY = '2026-12-02';
const [today] = dayBounds(timezone, TODAY);

test('the past: eight weeks of days in a row, and thirteen months before them, all before today', () => {
  const days = journalDays(TODAY);
  assert.equal(days.length, 56);
  assert.equal(days.at(-1), '2026-12-01');
  const older = olderDays(days);
  assert.equal(addDays(older.at(-1)?.date ?? '', 1), days[0]);
  assert.ok((older[0]?.date ?? '') < '2025-09-30', older[0]?.date);
  assert.ok(older.every(({ share }) => share > 0.6 && share <= 1));
  const share = (month: string) => older.find(({ date }) => date.startsWith(month))?.share ?? 0;
  assert.ok(share('2026-02') < share('2026-06') && share('2025-09') < share('2026-09'));
});

test('a day of the past has the same visits as the day would have live, and fewer counts', () => {
  const streams = (events: ReturnType<typeof pastDay>, ...names: string[]) =>
    events
      .filter(({ stream }) => names.includes(stream))
      .map(({ at, stream, device, signal: { id: _, ...signal } }) => ({
        at,
        stream,
        device,
        signal,
      }));
  const [past, live] = [pastDay(config, '2026-11-23'), demoDay(config, '2026-11-23')];
  const both = ['ticket', 'window', 'staff', 'case'];
  assert.deepEqual(streams(past, ...both), streams(live, ...both));
  assert.ok(streams(past, 'occupancy').length < streams(live, 'occupancy').length / 8);
  assert.equal(streams(past, 'device', 'network').length, 0);
});

test('Mondays and the first days of a month are fuller', () => {
  const visits = (date: string) =>
    pastDay(config, date).filter(({ signal }) => signal.type === 'issued').length;
  const mean = (...dates: string[]) =>
    dates.reduce((sum, date) => sum + visits(date), 0) / dates.length;
  const usual = mean('2026-11-18', '2026-11-19', '2026-11-20');
  assert.ok(mean('2026-11-09', '2026-11-16', '2026-11-23') > usual * 1.02);
  assert.ok(mean('2026-09-01', '2026-10-01', '2026-12-01') > usual * 1.005);
});

/** The live view of the day's demo hall at a minute of the day. */
function liveAt(date: string, minute: number) {
  const now = instantAt(timezone, date, minute);
  const events = demoDay(config, date).filter(({ at }) => at <= now);
  const begin = startHall(config, dayBounds(timezone, date)[0]);
  const hall = events.reduce(
    (hall, event, seq) => fold(hall, config, asReceived(event, seq + 1)),
    begin,
  );
  const view = cutView('live', advance(hall, config, now), config, now);
  assert.ok(view && 'queues' in view && 'windows' in view);
  // The live view; TypeScript cannot follow that from its name.
  return { ...(view as LiveView), now };
}

for (const date of ['2026-11-24', '2026-12-01', '2026-12-05']) {
  test(`${date}: at the morning's peak busy queues are near their limit, most are calm, one is in trouble`, () => {
    const { queues: byId, windows, now } = liveAt(date, 10 * 60 + 45);
    const queues = Object.values(byId);
    const loads = queues.map(({ load }) => load?.value ?? 0).sort((a, b) => b - a);
    assert.ok((loads[0] ?? 9) < 2.2, `the busiest queue: ${loads[0]}`);
    assert.ok((loads[4] ?? 0) > 0.8, `the fifth: ${loads[4]}`);
    assert.ok(loads.filter((load) => load < 0.85).length >= 10, loads.join(' '));
    const waits = queues.map(({ longestSince = now }) => (now - longestSince) / 60_000);
    assert.ok(waits.filter((wait) => wait > 40).length <= 3, waits.join(' '));
    assert.ok(queues.every(({ band }) => (band?.to ?? 0) <= 130));
    const gone = Object.values(windows).filter(
      ({ state, since = now }) => state === 'away' && now - since > 40 * 60_000,
    );
    assert.equal(gone.length, 1, 'one window is away for long');
  });
}

test('cases stand in every stage, few are overdue; some visitors are not content', () => {
  let [hall, seq] = [startHall(config, dayBounds(timezone, addDays(TODAY, -30))[0]), 0];
  const levels: number[] = [];
  for (let date = addDays(TODAY, -30); date < TODAY; date = addDays(date, 1)) {
    for (const event of pastDay(config, date)) {
      if (event.stream === 'case') hall = fold(hall, config, asReceived(event, (seq += 1)));
      if (event.stream === 'evaluation' && !event.signal.default) levels.push(event.signal.level);
    }
  }
  const cases = [...values(hall.cases)].filter(({ acceptedAt }) => acceptedAt !== undefined);
  const open = cases.filter(({ state }) => state === 'accepted' || state === 'stage');
  assert.deepEqual([...new Set(cases.map(({ state }) => state))].sort(), [
    ...['accepted', 'decided', 'delivered', 'stage'],
  ]);
  assert.ok(new Set(open.map(({ stage }) => stage)).size >= 4);
  const overdue = open.filter(({ dueAt = Infinity }) => dueAt < today).length;
  assert.ok(overdue > 0 && overdue < open.length * 0.1, `${overdue} of ${open.length} are overdue`);
  const bad = levels.filter((level) => level <= 2).length / levels.length;
  assert.ok(bad > 0.01 && bad < 0.08, `${bad}`);
});

test('15.5 a rebuild leaves facts alone that are older than the journal, and makes the others as they were', async () => {
  const data = mkdtempSync(join(tmpdir(), 'demo-past-'));
  const file = join(data, 'facts.sqlite');
  const { signals, dates } = await makePast({
    ...{ data, timezone, now: today + 1, days: 7, olderDays: 40 },
  });
  const journal = new Reader(join(data, 'journal.sqlite'));
  const store = new FactStore(file, (at) => businessDate(timezone, at));
  try {
    const entries = journal.read(0, signals + 1);
    assert.equal(entries.length, signals);
    assert.equal(new Set(entries.map(({ id }) => id)).size, signals);
    assert.ok(
      entries.every(({ receivedAt }, n) => receivedAt >= (entries[n - 1]?.receivedAt ?? 0)),
    );
    assert.ok((entries.at(-1)?.receivedAt ?? today) < today);

    const follower = new Follower({
      ...{ store, config, firstSeq: 1, lastSeq: signals, now: today },
      journal: { read: (after, limit) => journal.read(after, limit), commands: () => [] },
      onError: (error) => assert.fail(String(error)),
    });
    assert.equal(follower.through, signals, 'the facts go on from where the past ends');
    const ask = (per: 'day' | 'month') =>
      answerFigures(
        {
          ...{ figures: ['served', 'wait_mean_ms', 'satisfaction', 'utilisation'], per },
          ...{
            from: dayBounds(timezone, addDays(dates[0] ?? '', -40))[0],
            to: today,
          },
        },
        ...([store, follower, today] as const),
      );
    const before = [ask('day'), ask('month')];
    const served = (before[0] ?? []).map((row) => (row['served'] as Figure | null)?.value ?? 0);
    assert.equal(served.length, 47);
    const usual = served.slice(40).reduce((sum, each) => sum + each, 0) / 7;
    assert.ok(
      served.every((each) => each > usual * 0.6 && each < usual * 1.2),
      served.join(' '),
    );

    follower.rebuild(1, signals);
    while (follower.read(2_000) > 0) follower.flush(false);
    follower.flush(true);
    assert.deepEqual([ask('day'), ask('month')], before);
  } finally {
    store.close();
    journal.close();
    rmSync(data, { recursive: true });
  }
});
