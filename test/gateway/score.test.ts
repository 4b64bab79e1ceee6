// The score of the told waits, through a real gateway, beside a recomputation from the same day. SPEC §29.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { scoreOf, tellWait, type Score } from '../../hall/score.ts';
import { addDays, businessDate } from '../../hall/zone-time.ts';
import { openJournal } from '../../gateway/journal.ts';
import { countyDay, countyHall, countyYaml } from '../hall/county-hall.ts';
import { replayDay } from '../hall/replay.ts';
import { openTestGateway } from './open.ts';

const config = countyHall();
const { id, timezone } = config.hall;

type Row = Score & { readonly queue?: string; readonly hour?: number };
interface Answer {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly Row[];
}

Deno.test(
  '29.1 the score of a day is that of the same day computed apart, in all, by queue and by hour',
  async () => {
    const date = addDays(businessDate(timezone, Date.now()), -1);
    const events = countyDay(config, date, 'score');
    const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
    const onError = console.error;
    const journal = await openJournal({ file: `${data}/journal.sqlite`, hall: id, onError });
    await Promise.all(
      events.map(({ device, stream, at, signal }) =>
        journal.append([{ device, stream, id: signal.id, at, signal }], [], at),
      ),
    );
    // A number of which the gateway heard ten minutes late: nobody was told anything.
    const last = events.at(-1)?.at ?? 0;
    for (const [type, minute, fields] of [
      ['issued', -20, { queue: 'cars' }],
      ['serving', -10, { window: 'cars-1' }],
    ] as const) {
      const at = last + minute * 60_000;
      const signal = { id: `late-${type}`, at, type, ticket: 'C900', ...fields };
      await journal.append(
        [{ device: 'late', stream: 'ticket', id: signal.id, at, signal }],
        [],
        last,
      );
    }
    await journal.close();
    const gateway = await openTestGateway({ data, hall: countyYaml() });
    const ask = (by = '') => gateway.json<Answer>(`/api/v1/score?from=${date}&to=${date}${by}`);
    const { from, to, rows } = await ask();
    equal([from, to, rows.length], [date, date, 1]);
    const outcomes = replayDay(config, date, events, tellWait);
    const expected = scoreOf(
      outcomes.map(({ said, wait }) => ({ ...said, wait, queue: '', at: 0 })),
    );
    const [all] = rows;
    ok(expected.n > 200, `${expected.n} waits`);
    const rounded = ({ n, told, formula, head, band }: Score) =>
      JSON.stringify({ n, told, formula, head, band }, (_key, value: unknown) =>
        typeof value === 'number' ? value.toFixed(6) : value,
      );
    ok(all);
    equal(rounded(all), rounded(expected));
    ok(all.last.n > 0.9 * expected.n && all.last.n < expected.n);
    const queues = await ask('&by=queue');
    equal(queues.rows.map(({ queue }) => queue).sort(), ['cars', 'passports', 'taxes']);
    equal(
      queues.rows.reduce((sum, { n }) => sum + n, 0),
      expected.n,
    );
    const hours = await ask('&by=hour');
    equal(hours.rows[0]?.hour, 9);
    equal(
      hours.rows.reduce((sum, { n }) => sum + n, 0),
      expected.n,
    );
    // The same again, now from memory; today nobody has been served.
    equal(await ask(), { from, to, rows });
    equal((await gateway.json<Answer>('/api/v1/score')).rows[0]?.n, 0);
    await gateway.stop();
  },
);

Deno.test('29.1 bad questions for a score are refused in words', async () => {
  const gateway = await openTestGateway();
  for (const [query, detail] of [
    ['from=2026-11-02&to=2026-11-01', /from: should not be after to/],
    ['from=2026-01-01&to=2026-11-01', /more than 7 days/],
    ['from=yesterday', /should be a date/],
    ['by=window', /queue, hour/],
  ] as const) {
    const response = await gateway.get(`/api/v1/score?${query}`);
    equal(response.status, 400, query);
    match(((await response.json()) as { detail: string }).detail, detail);
  }
  await gateway.stop();
});
