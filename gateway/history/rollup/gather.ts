// Keeps the rollups right: gathers what was touched once it is calm, hours from raw points and days from hours.
import type { Interval } from '../../../hall/interval.ts';
import { businessDate, dayBounds } from '../../../hall/zone-time.ts';
import type { History, Scanned } from '../../history.ts';
import { countOf, foldFigures, foldPoint, foldRanks, packField, POINTS } from './fold.ts';
import type { Blobs, Fold } from './fold.ts';
import { HOUR_MS } from './plan.ts';
import type { Due } from './marks.ts';
import type { RollupStore } from './store.ts';

export interface GatherOptions {
  readonly raw: History;
  readonly store: RollupStore;
  /** the hall's */
  readonly timezone: string;
  /** An hour is gathered when nothing was written into it for so long, ms. */
  readonly calmMs: number;
  /** The newest hour goes on for a while: it waits for the next one to begin, or for so long a calm. */
  readonly newestCalmMs: number;
  /** ms since 1970 of this machine */
  readonly now: () => number;
}

/** Hours of a measurement that are gathered in one reading. */
const HOURS_AT_ONCE = 24;
/** How far back is looked, at a start, for points that others wrote or whose mark was lost. */
const AUDIT_MS = 48 * HOUR_MS;
const AUDIT_HOURS_MAX = 9_000;
/** Of measurements that are marked in one go. */
const LONG_AGO = 0;

export class Gatherer {
  readonly #raw: History;
  readonly #store: RollupStore;
  readonly #timezone: string;
  readonly #calmMs: number;
  readonly #newestCalmMs: number;
  readonly #now: () => number;
  #audited = false;
  /** the day that was looked up last */
  #day: Interval = [0, 0];

  constructor({ raw, store, timezone, calmMs, newestCalmMs, now }: GatherOptions) {
    this.#raw = raw;
    this.#store = store;
    this.#timezone = timezone;
    this.#calmMs = calmMs;
    this.#newestCalmMs = newestCalmMs;
    this.#now = now;
  }

  /** One piece of what is due: some hours of a measurement, or one day. Resolves with whether there was any. */
  async step(): Promise<boolean> {
    if (!this.#store.file.adopted) return this.#adopt();
    if (!this.#audited) return this.#audit();
    const now = this.#now();
    const newest = this.#store.newest();
    const due =
      this.#store.marks.next(now - this.#calmMs, newest) ??
      this.#store.marks.next(now - this.#newestCalmMs, Infinity);
    if (due !== undefined) {
      await this.#gatherHours(due, now - this.#calmMs);
      return true;
    }
    const day = this.#store.days.next(this.#dayOf(newest)[0]);
    if (day !== undefined) this.#gatherDay(day);
    return day !== undefined;
  }

  /** Gathers what is calm before that time (ms). Resolves with the time up to which no hour is touched, that at most. */
  async finish(before: number): Promise<number> {
    if (!this.#store.file.adopted) await this.#adopt();
    for (;;) {
      const by = this.#now() - this.#calmMs;
      const due = this.#store.marks.next(by, before);
      if (due === undefined) return Math.min(before, this.#store.marks.oldest());
      await this.#gatherHours(due, by);
    }
  }

  /** A history that was there before its rollups: all of it is due. */
  async #adopt(): Promise<boolean> {
    for (const { measurement, first, last } of await this.#raw.extents()) {
      this.#store.file.auditedUntil = Math.max(this.#store.file.auditedUntil, last);
      const hours = new Set<number>();
      for (let hour = this.#store.file.hourOf(first); hour <= last; hour += HOUR_MS)
        hours.add(hour);
      this.#store.marks.touch(new Map([[measurement, hours]]), LONG_AGO);
    }
    this.#store.file.adopt();
    this.#audited = true;
    return true;
  }

  /** Touches hours that have more points than their rollup: another gateway wrote them, or their mark was lost. */
  async #audit(): Promise<boolean> {
    const since = this.#store.file.auditedUntil - AUDIT_MS;
    let until = this.#store.file.auditedUntil;
    for (const { measurement, first, last } of await this.#raw.extents()) {
      until = Math.max(until, last);
      const to = this.#store.file.hourOf(last) + HOUR_MS;
      const begin = this.#store.file.hourOf(Math.max(first, since));
      const from = Math.max(begin, to - AUDIT_HOURS_MAX * HOUR_MS);
      const rolled = new Map(
        this.#store.rows
          .of('figures', { measurement, level: 'hour', field: POINTS, from, to })
          .map(({ start, blob }) => [start, countOf(blob)]),
      );
      const query = { measurement, from, to, every: HOUR_MS, aggregate: 'count' } as const;
      const more = (await this.#raw.query(query))
        .filter(({ at, value }) => value > (rolled.get(at) ?? 0))
        .map(({ at }) => at);
      this.#store.marks.touch(new Map([[measurement, new Set(more)]]), LONG_AGO);
    }
    this.#store.file.auditedUntil = until;
    this.#audited = true;
    return true;
  }

  /** That hour with the calm ones shortly before it, in one reading. */
  async #gatherHours({ measurement, start }: Due, by: number): Promise<void> {
    const to = start + HOUR_MS;
    const hours = this.#store.marks.of(measurement, to - HOURS_AT_ONCE * HOUR_MS, to, by);
    const from = Math.min(start, ...hours);
    const folds = new Map(hours.map((hour): [number, Fold] => [hour, new Map()]));
    const ids = new Map<Scanned['tags'], number>();
    for await (const page of this.#raw.scan({ measurement, from, to })) {
      for (const point of page) {
        const fold = folds.get(this.#store.file.hourOf(point.at));
        if (fold === undefined) continue;
        let id = ids.get(point.tags);
        if (id === undefined) {
          ids.set(point.tags, (id = this.#store.rows.seriesId(measurement, point.tags)));
        }
        foldPoint(fold, id, point);
      }
    }
    this.#store.file.transaction(() => {
      for (const [hour, fold] of folds) {
        this.#putHour(measurement, hour, fold);
        this.#store.marks.clear({ measurement, start: hour }, by);
      }
    });
  }

  /** Points go by pruning or by loss alone: a rollup that knows of more than there are stays. */
  #putHour(measurement: string, hour: number, fold: Fold): void {
    const range = { measurement, level: 'hour', field: POINTS, from: hour, to: hour + 1 } as const;
    const [old] = this.#store.rows.of('figures', range);
    let points = 0;
    for (const { n } of fold.get(POINTS)?.values() ?? []) points += n;
    if (old !== undefined && countOf(old.blob) > points) return;
    this.#store.rows.put(measurement, 'hour', hour, packed(fold));
    this.#store.days.changed({ measurement, start: this.#dayOf(hour)[0] });
  }

  #gatherDay({ measurement, start }: Due): void {
    const [from, to] = this.#dayOf(start);
    // A day of a zone that moves its clocks by half an hour does not consist of hours: it is read by the hour.
    const whole = this.#store.file.hourOf(from) === from && this.#store.file.hourOf(to) === to;
    const fold: Fold = new Map();
    for (const field of whole ? this.#store.rows.fields(measurement, 'hour') : []) {
      const range = { measurement, level: 'hour', field, from, to } as const;
      for (const { blob } of this.#store.rows.of('figures', range)) foldFigures(fold, field, blob);
      for (const { blob } of this.#store.rows.of('ranks', range)) foldRanks(fold, field, blob);
    }
    this.#store.file.transaction(() => {
      this.#store.rows.put(measurement, 'day', from, packed(fold));
      this.#store.days.done({ measurement, start }, whole ? { from, to } : undefined);
    });
  }

  #dayOf(at: number): Interval {
    const [from, to] = this.#day;
    if (at < from || at >= to) {
      this.#day = dayBounds(this.#timezone, businessDate(this.#timezone, at));
    }
    return this.#day;
  }
}

function packed(fold: Fold): Map<string, Blobs> {
  return new Map([...fold].map(([name, field]) => [name, packField(field)]));
}
