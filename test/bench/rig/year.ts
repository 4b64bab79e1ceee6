// A year of a hall's points: eight days of the demo hall, lived anew day after day.
import { asReceived, demoDay } from '../../../demo/day.ts';
import { addDays, dayBounds } from '../../../hall/zone-time.ts';
import type { HallConfig } from '../../../hall/config.ts';
import { toPoint, type Point } from '../../../hall/point.ts';

export interface YearOptions {
  /** the first day, YYYY-MM-DD */
  readonly date: string;
  readonly days: number;
  /** Demo days that are lived at once: the demo hall is a quiet one. */
  readonly atOnce: number;
}

export interface YearDay {
  readonly date: string;
  readonly points: readonly Point[];
}

const TEMPLATES = 8;
const NS_PER_MS = 1_000_000n;
const SLOTS = 1_000_000;

/** Day after day, each day's points in order of time. The same options give the same points. */
export function* year(config: HallConfig, { date, days, atOnce }: YearOptions): Generator<YearDay> {
  const zone = config.hall.timezone;
  const [begin] = dayBounds(zone, date);
  const templates = Array.from({ length: TEMPLATES }, (_, index) =>
    demoDay(config, date, `year-${index}`).map((event, seq) => ({
      at: event.at - begin,
      point: toPoint(config.hall.id, asReceived(event, seq)),
    })),
  );
  let entry = 0;
  for (let day = 0; day < days; day++) {
    const today = addDays(date, day);
    const [midnight] = dayBounds(zone, today);
    const points: Point[] = [];
    for (let copy = 0; copy < atOnce; copy++) {
      for (const { at, point } of templates[(day * atOnce + copy) % TEMPLATES] ?? []) {
        entry++;
        points.push({
          ...point,
          fields: { ...point.fields, entry },
          timestampNs: BigInt(midnight + at) * NS_PER_MS + BigInt(entry % SLOTS),
        });
      }
    }
    points.sort((a, b) => (a.timestampNs < b.timestampNs ? -1 : 1));
    yield { date: today, points };
  }
}
