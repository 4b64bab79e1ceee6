// Sums of an hour of what has no visit: how long windows and devices were in each state, within opening hours, and what
// zones, links and gauges told. A window's running state is counted as far as `closed`, so that an hour is whole soon after
// its end. SPEC §15.3.
import type { HallConfig } from '../config.ts';
import { indexHall } from '../config.ts';
import { hourOf } from '../figure/bins.ts';
import type { Interval } from '../interval.ts';
import type { Received } from '../reduce.ts';
import type { DeviceLive, Hall, WindowLive } from '../state.ts';
import { entries, get } from '../table.ts';
import { businessDate, instantAt } from '../zone-time.ts';

export const HOUR_KINDS = ['window', 'zone', 'device', 'link', 'gauge'] as const;
export type HourKind = (typeof HOUR_KINDS)[number];

/** What is added to one hour of one thing. */
export interface HourSum {
  readonly kind: HourKind;
  /** id of a window, device or zone (`*` = the hall); of links and gauges `ID/FIELD` */
  readonly of: string;
  /** its begin, ms since 1970: hours begin with the hall's midnight */
  readonly hour: number;
  /** ms by state */
  readonly spent: Record<string, number>;
  n: number;
  sum: number;
  min: number;
  max: number;
  last: number;
  lastAt: number;
}

/** The numbers of which a sum is kept, by stream; a sum's `of` is the value of the tag and the field: `TAG/FIELD`. */
export const GAUGES = {
  device: {
    ...{ kind: 'gauge', tag: 'device' },
    fields: ['paper_pct', 'battery_pct', 'temp_c', 'rssi_dbm'],
  },
  occupancy: { kind: 'gauge', tag: 'zone', fields: ['present', 'in', 'out'] },
  network: { kind: 'link', tag: 'zone', fields: ['rtt_ms', 'loss_pct'] },
} as const satisfies Record<string, Gauges>;

interface Gauges {
  readonly kind: HourKind;
  readonly tag: 'device' | 'zone';
  readonly fields: readonly string[];
}

interface Spell {
  readonly state: string;
  readonly since: number;
}

export class HourSums {
  readonly #config: HallConfig;
  #sums = new Map<string, HourSum>();
  #closed: number;
  #day: { readonly start: number; readonly end: number } = { start: NaN, end: NaN };

  /** @param closed up to where running states are counted already, ms since 1970 */
  constructor(config: HallConfig, closed: number) {
    this.#config = config;
    this.#closed = closed;
  }

  get closed(): number {
    return this.#closed;
  }

  /** What was added since the last time. */
  take(): HourSum[] {
    const sums = [...this.#sums.values()];
    this.#sums = new Map();
    return sums;
  }

  /** What `take` would give, without taking. */
  get pending(): Iterable<HourSum> {
    return this.#sums.values();
  }

  /** Counts what an entry, or time alone, has changed within one business day. */
  follow(before: Hall, after: Hall, config: HallConfig, entry?: Received): void {
    if (before.windows !== after.windows) this.#followWindows(before, after);
    if (entry === undefined) return;
    if (before.devices !== after.devices) {
      const { device } = entry;
      const was = spellOf(get(before.devices, device));
      const is = spellOf(get(after.devices, device));
      if (is && isListed(config, device)) this.#change('device', device, was, is, after.day.open);
    }
    this.#gauges(entry);
    if (before.occupancy !== after.occupancy && before.counts.late === after.counts.late) {
      this.#people(after, entry);
    }
  }

  /** Counts every running state up to `now` (ms), an instant of the hall's day or its end. */
  close(hall: Hall, config: HallConfig, now: number): void {
    if (now <= this.#closed) return;
    for (const [id, window] of Object.entries(hall.windows)) {
      this.#run('window', id, window, now, hall.day.open);
    }
    for (const [id, device] of entries(hall.devices)) {
      const spell = isListed(config, id) ? spellOf(device) : undefined;
      if (spell) this.#run('device', id, spell, now, hall.day.open);
    }
    this.#closed = now;
  }

  /** A new business day has begun: the days between two are nobody's. */
  turn(start: number): void {
    this.#closed = Math.max(this.#closed, start);
  }

  #run(kind: HourKind, of: string, spell: Spell, now: number, open: readonly Interval[]): void {
    this.#spend(kind, of, spell.state, Math.max(spell.since, this.#closed), now, open, 1);
  }

  #followWindows(before: Hall, after: Hall): void {
    const { open } = after.day;
    for (const id in after.windows) {
      const [was, is] = [before.windows[id], after.windows[id]];
      if (was === is || is === undefined) continue;
      this.#change('window', id, was, is, open);
      if (was) this.#credit(id, was, is, open);
    }
  }

  /** The state before lasted until the new one began, also where that lies before what is counted already. */
  #change(
    kind: HourKind,
    of: string,
    was: Spell | undefined,
    is: Spell,
    open: readonly Interval[],
  ): void {
    if (was?.state === is.state && was.since === is.since) return;
    const closed = this.#closed;
    if (was) {
      const from = Math.max(was.since, closed);
      if (is.since >= closed) this.#spend(kind, of, was.state, from, is.since, open, 1);
      else this.#spend(kind, of, was.state, Math.max(was.since, is.since), closed, open, -1);
    }
    if (is.since < closed) this.#spend(kind, of, is.state, is.since, closed, open, 1);
  }

  /** The fold found that a part of the time of calling was service: the last part of it. */
  #credit(id: string, was: WindowLive, is: WindowLive, open: readonly Interval[]): void {
    const lasted = was.since === is.since && was.state === is.state ? 0 : is.since - was.since;
    const served = (is.spentMs.serving ?? 0) - (was.spentMs.serving ?? 0);
    let ms = was.state === 'serving' && lasted > 0 ? 0 : served;
    for (const [from, to] of open.toReversed()) {
      const end = Math.min(to, is.since);
      if (ms <= 0 || end <= from) continue;
      const begin = Math.max(from, end - ms);
      this.#spend('window', id, 'calling', begin, end, open, -1);
      this.#spend('window', id, 'serving', begin, end, open, 1);
      ms -= end - begin;
    }
  }

  #gauges({ stream, signal, device, at }: Received): void {
    if (stream !== 'device' && stream !== 'occupancy' && stream !== 'network') return;
    const { kind, fields } = GAUGES[stream];
    const values = signal as unknown as Readonly<Record<string, unknown>>;
    const of = stream === 'device' ? device : String(values['zone']);
    for (const field of fields) {
      const value = values[field];
      if (typeof value === 'number') this.#add(kind, `${of}/${field}`, at, value);
    }
  }

  #people(hall: Hall, { stream, signal, at }: Received): void {
    if (stream !== 'occupancy') return;
    const { zone } = signal;
    const here = hall.occupancy[zone];
    if (here === undefined) return;
    this.#add('zone', zone, at, here.present);
    let all = 0;
    for (const id in hall.occupancy) all += hall.occupancy[id]?.present ?? 0;
    this.#add('zone', '*', at, all);
  }

  #add(kind: HourKind, of: string, at: number, value: number): void {
    const sum = this.#at(kind, of, this.#hourOf(at));
    sum.n++;
    sum.sum += value;
    sum.min = Math.min(sum.min, value);
    sum.max = Math.max(sum.max, value);
    if (at < sum.lastAt) return;
    sum.last = value;
    sum.lastAt = at;
  }

  #spend(
    kind: HourKind,
    of: string,
    state: string,
    from: number,
    to: number,
    open: readonly Interval[],
    sign: 1 | -1,
  ): void {
    for (const [opens, closes] of open) {
      const end = Math.min(to, closes);
      for (let at = Math.max(from, opens); at < end;) {
        const hour = this.#hourOf(at);
        const next = Math.min(end, hour + 3_600_000);
        const { spent } = this.#at(kind, of, hour);
        spent[state] = (spent[state] ?? 0) + sign * (next - at);
        at = next;
      }
    }
  }

  #at(kind: HourKind, of: string, hour: number): HourSum {
    const key = `${kind} ${of} ${hour}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = {
        kind,
        of,
        hour,
        spent: {},
        n: 0,
        sum: 0,
        min: Infinity,
        max: -Infinity,
        last: 0,
        lastAt: 0,
      };
      this.#sums.set(key, sum);
    }
    return sum;
  }

  #hourOf(at: number): number {
    if (!(at >= this.#day.start && at < this.#day.end)) {
      const { timezone } = this.#config.hall;
      const start = instantAt(timezone, businessDate(timezone, at), 0);
      // A day of 25 hours ends later: looked up again then.
      this.#day = { start, end: start + 82_800_000 };
    }
    return hourOf(this.#day.start, at);
  }
}

/** A device that never said how it is was in no state. */
function spellOf(device: DeviceLive | undefined): Spell | undefined {
  return device === undefined || device.state === 'unknown' ? undefined : device;
}

function isListed(config: HallConfig, device: string): boolean {
  return indexHall(config).devices.has(device);
}
