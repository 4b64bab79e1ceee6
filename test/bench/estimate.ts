// How good the shown wait is: replays demo days, asks for the estimate whenever a number is taken, and compares it with
// the wait that came. Beside it the baseline formula and the head of the line. `deno run --allow-read … [days]`
import { mean, quantile } from 'd3-array';
import { dayBounds } from '../../hall/calendar.ts';
import { indexHall, parseHall, type HallConfig } from '../../hall/config.ts';
import { toBand, type Estimate } from '../../hall/estimate.ts';
import { longest, serviceTime, waitMs } from '../../hall/kpi.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { get } from '../../hall/table.ts';
import { cutting } from '../../hall/view/base.ts';
import { isServing, queuesNow } from '../../hall/view/queues.ts';
import { demoDay } from '../../gateway/demo/day.ts';

const MINUTE_MS = 60_000;
const FILE = 'gateway/demo/hall.yaml';
const SERVICE_MS = 8 * MINUTE_MS;

/** What each way of estimating said about one ticket, ms; undefined: it said nothing. */
interface Said {
  readonly ticket: string;
  readonly ours: Estimate | undefined;
  readonly baseline: number | undefined;
  readonly head: number | undefined;
}

interface Outcome {
  readonly said: Said;
  readonly wait: number;
}

const days = Number(Deno.args[0] ?? 5);
const parsed = parseHall(Deno.readTextFileSync(FILE), FILE);
if (!parsed.ok) throw new Error(`read ${FILE}: ${parsed.problems.length} mistakes`);
const outcomes: Outcome[] = [];
for (let day = 0; day < days; day++) {
  outcomes.push(...replay(parsed.config, '2026-03-10', `estimate-${day}`));
}
report(outcomes);

function replay(config: HallConfig, date: string, seed: string): Outcome[] {
  let hall = startHall(config, dayBounds(config.hall.timezone, date)[0]);
  const said: Said[] = [];
  for (const event of demoDay(config, date, seed)) {
    const { at, ...signal } = event;
    if (signal.stream === 'ticket' && signal.signal.type === 'issued') {
      const { ticket, queue, appointment_at } = signal.signal;
      if ((appointment_at ?? at) <= at) said.push({ ticket, ...ask(hall, config, queue, at) });
    }
    hall = fold(hall, config, { ...signal, receivedAt: at });
  }
  return said.flatMap((each) => {
    const ticket = get(hall.tickets, each.ticket);
    const wait = ticket && ticket.class === 'normal' && waitMs(ticket, hall.day.open);
    return typeof wait === 'number' ? [{ said: each, wait }] : [];
  });
}

function ask(hall: Hall, config: HallConfig, queue: string, now: number): Omit<Said, 'ticket'> {
  const cut = cutting(hall, config, now);
  const tally = cut.memory.ledger.queue(queue);
  const { whole } = cut.memory.ledger;
  const windows = indexHall(config).windowsOfQueue.get(queue) ?? [];
  const serving = windows.filter((window) => isServing(hall, window)).length;
  const service = serviceTime(tally)?.value ?? serviceTime(whole)?.value ?? SERVICE_MS;
  const noShow = whole.missed.length / Math.max(1, whole.missed.length + whole.completedAt.length);
  const oldest = longest(tally);
  return {
    ours: queuesNow(cut).get(queue)?.wait,
    baseline: serving > 0 ? (tally.queued * (1 - noShow) * service) / serving : undefined,
    head: oldest ? now - oldest.since : 0,
  };
}

function report(outcomes: readonly Outcome[]): void {
  const waits = outcomes.map(({ wait }) => wait / MINUTE_MS);
  const [p50, p90] = [quantile(waits, 0.5), quantile(waits, 0.9)].map((value) => value?.toFixed(1));
  console.log(
    `${days} days, ${outcomes.length} waits: mean ${mean(waits)?.toFixed(1)} min, p50 ${p50}, p90 ${p90}\n`,
  );
  console.log(
    '             n      MAE   bias   within ±5   low by > 5   of waits > 5 min: low by > 5',
  );
  line('estimate', ({ ours }) => ours?.ms);
  line('baseline', ({ baseline }) => baseline);
  line('head of line', ({ head }) => head);
  const bands = outcomes.flatMap(({ said, wait }) =>
    said.ours ? [{ ...toBand(said.ours), wait: wait / MINUTE_MS }] : [],
  );
  const covered = bands.filter(({ from, to, wait }) => wait >= from && wait <= to).length;
  const above = bands.filter(({ to, wait }) => wait > to).length;
  const width = mean(bands, ({ from, to }) => to - from) ?? 0;
  console.log(
    `\nshown band: covers ${percent(covered / bands.length)}, wait above it ${percent(above / bands.length)}, ` +
      `mean width ${width.toFixed(1)} min`,
  );
  console.log('limits: MAE below the baseline’s; low by over 5 min at most 15 %');
}

function line(name: string, of: (said: Said) => number | undefined): void {
  const errors = outcomes.flatMap(({ said, wait }) => {
    const ms = of(said);
    return ms === undefined ? [] : [{ error: (ms - wait) / MINUTE_MS, wait }];
  });
  const share = (list: typeof errors, is: (error: number) => boolean) =>
    percent(list.filter(({ error }) => is(error)).length / Math.max(1, list.length));
  const long = errors.filter(({ wait }) => wait > 5 * MINUTE_MS);
  console.log(
    [
      name.padEnd(12),
      String(errors.length).padStart(5),
      (mean(errors, ({ error }) => Math.abs(error)) ?? 0).toFixed(2).padStart(6),
      (mean(errors, ({ error }) => error) ?? 0).toFixed(2).padStart(6),
      share(errors, (error) => Math.abs(error) <= 5).padStart(9),
      share(errors, (error) => error < -5).padStart(11),
      share(long, (error) => error < -5).padStart(14),
    ].join('  '),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
