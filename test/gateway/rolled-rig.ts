// A history with rollups to try, and runs of chance that compare its answers with those from raw points.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { instantAt } from '../../hall/zone-time.ts';
import type { Point } from '../../hall/point.ts';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { openRolledHistory, type RolledHistory } from '../../gateway/history/rolled.ts';
import { RANK_ERROR } from '../../gateway/history/rollup/ranks.ts';
import { AGGREGATES, type History, type HistoryQuery } from '../../gateway/history.ts';
import { chance, type Chance } from '../sim/random.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const ZONE = 'Asia/Shanghai';
export const T0 = instantAt(ZONE, '2026-03-02', 0);

export interface Rig {
  readonly raw: History;
  readonly rolled: RolledHistory;
  readonly folder: string;
  /** lets so much time pass (ms) */
  pass(ms: number): void;
  /** gathers until nothing is due */
  settle(): Promise<void>;
}

/** @param options.openRaw opens where the points are: embedded in that folder by default */
export function rig({
  folder = newFolder(),
  timezone = ZONE,
  openRaw = (place: string): History => openEmbeddedHistory(`${place}/history.sqlite`),
} = {}): Rig {
  const raw = openRaw(folder);
  let now = T0 + 1_000 * DAY;
  const rolled = openRolledHistory({
    ...{ raw, timezone, file: `${folder}/rollup.sqlite` },
    now: () => now,
  });
  return {
    ...{ raw, rolled, folder },
    pass: (ms) => void (now += ms),
    settle: async () => {
      now += HOUR;
      while (await rolled.roll());
    },
  };
}

export function newFolder(): string {
  return Deno.makeTempDirSync({ prefix: 'hallcast-' });
}

let entries = 0;

export function point(at: number, measurement: string, tags: object, fields: object): Point {
  const entry = ++entries;
  return {
    measurement,
    tags: { hall: 'h1', ...tags },
    fields: { ...fields, id: `e${entry}`, entry },
    timestampNs: BigInt(Math.floor(at)) * 1_000_000n + BigInt(entry % 1_000_000),
  };
}

/** A signal of some kind at that time. */
function anyPoint(at: number, { below, happens, next, pick }: Chance): Point {
  const window = `w${below(4) + 1}`;
  switch (below(4)) {
    case 0:
      return point(at, 'evaluation', { window }, { level: below(5) + 1, channel: 'pad' });
    case 1:
      return point(at, 'occupancy', { zone: pick(['z1', 'z2']) }, { present: below(900) });
    case 2: {
      const loss = happens(0.3) ? { loss_pct: next() * 3 } : {};
      return point(at, 'network', { zone: 'internet' }, { rtt_ms: next() ** 3 * 800, ...loss });
    }
    default: {
      const type = pick(['issued', 'called', 'completed']);
      return point(at, 'ticket', { window, type }, { ticket: `A${below(999)}`, seq: below(9) });
    }
  }
}

const CHARTS: readonly Omit<HistoryQuery, 'from' | 'to' | 'aggregate'>[] = [
  { measurement: 'evaluation', field: 'level', groupBy: ['window'] },
  { measurement: 'evaluation', field: 'channel' },
  { measurement: 'occupancy', field: 'present', groupBy: ['zone'] },
  { measurement: 'occupancy', field: 'present', where: { zone: 'z2' } },
  { measurement: 'network', field: 'rtt_ms' },
  { measurement: 'network', field: 'loss_pct' },
  { measurement: 'ticket', field: 'ticket', groupBy: ['type', 'window'] },
  { measurement: 'ticket', field: 'seq' },
  { measurement: 'nothing', field: 'level' },
];

/** Asks both in every way; throws where they differ. Returns how many answers had a bin told as approximate. */
export async function compare({ raw, rolled }: Rig, query: Omit<HistoryQuery, 'aggregate'>) {
  let approximate = 0;
  for (const aggregate of AGGREGATES) {
    const expected = await raw.query({ ...query, aggregate });
    const found = await rolled.query({ ...query, aggregate });
    const where = JSON.stringify({ ...query, aggregate });
    equal(
      found.map(({ at, group, n }) => ({ at, group, n })),
      expected.map(({ at, group, n }) => ({ at, group, n })),
      where,
    );
    for (const [index, row] of found.entries()) {
      const right = expected[index]?.value ?? Number.NaN;
      const error = Math.abs(row.value - right);
      const limit = row.approximate ? RANK_ERROR : 1e-9;
      ok(error <= limit * Math.abs(right), `${where}: ${row.value}, should be ${right}`);
    }
    if (found.some((row) => row.approximate)) approximate++;
  }
  return approximate;
}

/** Points that come in order, late and twice, gathered now and then; whatever is asked in between and at last. */
export async function randomRun(seed: number, each: Rig, rounds = 24): Promise<void> {
  const dice = chance(seed);
  const days = 12;
  const sent: Point[][] = [];
  let approximate = 0;
  for (let round = 0; round < rounds; round++) {
    // Mostly in order, some far behind, now and then a batch a second time.
    const base = dice.happens(0.75) ? (round / rounds) * days * DAY : dice.below(days) * DAY;
    const points = Array.from({ length: 150 }, () =>
      anyPoint(T0 + base + dice.next() * 9 * HOUR, dice),
    );
    sent.push(points);
    await each.rolled.append(dice.happens(0.2) ? dice.pick(sent) : points, round + 1);
    each.pass(dice.below(90_000));
    for (let steps = dice.below(12); steps > 0; steps--) await each.rolled.roll();
    if (round % 4 !== 3) continue;
    const from = T0 + (dice.happens(0.5) ? dice.below(days) * DAY : dice.below(days * DAY));
    const to = from + dice.below(10 * DAY) + 1;
    const every = dice.pick([HOUR, 6 * HOUR, DAY, 7 * DAY, 5 * HOUR + 7 * 60_000, 90 * 60_000]);
    for (const chart of CHARTS) {
      approximate += await compare(each, { ...chart, from, to, every });
    }
  }
  await each.settle();
  equal(each.rolled.touched, 0);
  for (const every of [DAY, 7 * DAY, 30 * DAY]) {
    for (const chart of CHARTS) {
      approximate += await compare(each, { ...chart, from: T0, to: T0 + 14 * DAY, every });
    }
  }
  ok(approximate > 0, 'some percentiles were approximate: their error was compared');
}
