// Figures of any period from facts: walks over columns, sums by bin and key, and asks the catalogue what they come to.
import { VISIT_ENDS } from '../fact.ts';
import { indexHall, type HallConfig } from '../config.ts';
import type { Figure } from '../figure.ts';
import { binsOf, type Bins, type Per } from './bins.ts';
import { definitionOf, type FigureName, type VisitSums } from './catalogue.ts';
import { hasOutcome, isDone, ISSUED, type Columns, type Key } from './columns.ts';

export interface FigureQuestion {
  readonly figures: readonly FigureName[];
  /** [from, to), ms since 1970 */
  readonly from: number;
  readonly to: number;
  readonly by?: Key;
  readonly per?: Per;
}

/** Facts by kind: each list is of stretches of time, in no order. */
export interface FactColumns {
  readonly visits: Iterable<Columns>;
  readonly evaluations: Iterable<Columns>;
  readonly windows: Iterable<Columns>;
  readonly devices: Iterable<Columns>;
  readonly zones: Iterable<Columns>;
}

export type FigureRow = Readonly<Record<string, string | number | null | Figure>>;

/** More groups than an answer may have. */
export class TooManyRows extends Error {
  override name = 'TooManyRows';
}

export const WINDOW_STATES = ['closed', 'idle', 'calling', 'serving', 'paused', 'away'] as const;
export const DEVICE_STATES = ['online', 'degraded', 'offline', 'fault', 'maintenance'] as const;

/**
 * Rows in order of bin, then key; a figure without a case is null, and a row of such alone is left out.
 * Throws TooManyRows.
 */
export function figuresOf(
  question: FigureQuestion,
  facts: FactColumns,
  config: HallConfig,
  rowsMax: number,
): FigureRow[] {
  const { figures, from, to, by, per } = question;
  const groups = new Groups(binsOf(config.hall.timezone, from, to, per), from, to, rowsMax);
  const definitions = figures.map(definitionOf);
  const needs = (kind: string) => definitions.some((one) => one.from === kind);
  if (needs('visits')) {
    const lists = definitions.some((one) => one.lists);
    for (const each of facts.visits) addVisits(groups, each, by, lists);
    for (const each of facts.evaluations) addEvaluations(groups, each, by);
  }
  const { windows, devices } = indexHall(config);
  if (needs('windows')) {
    const keyOf = (id: string) => windowKey(windows.get(id), id, by);
    for (const each of facts.windows) addSpent(groups, each, 'windows', WINDOW_STATES, keyOf);
  }
  if (needs('devices')) {
    const keyOf = (id: string) => (by === undefined ? '' : (devices.get(id)?.zone ?? ''));
    for (const each of facts.devices) addSpent(groups, each, 'devices', DEVICE_STATES, keyOf);
  }
  if (needs('zones')) for (const each of facts.zones) addPresent(groups, each, by);
  return groups.rows(question, config.thresholds.wait_min);
}

/** What is summed of one bin and key. */
class Group implements VisitSums {
  issued = 0;
  cancelled = 0;
  abandoned = 0;
  waits: ArrayLike<number> & { push?(value: number): number } = [];
  unserved: ArrayLike<number> & { push?(value: number): number } = [];
  waitSum = 0;
  waitCount = 0;
  served = 0;
  serviceSum = 0;
  serviceCount = 0;
  outcomes = 0;
  done = 0;
  readonly given = [0, 0, 0, 0, 0];
  readonly windows: Record<string, number> = {};
  readonly devices: Record<string, number> = {};
  presentMax = NaN;
  presentN = 0;
  readonly row: number;
  readonly key: string;

  constructor(row: number, key: string) {
    this.row = row;
    this.key = key;
  }

  sort(): void {
    this.waits = Float64Array.from(this.waits).sort();
    this.unserved = Float64Array.from(this.unserved).sort();
  }
}

class Groups {
  readonly #bins: Bins;
  readonly #from: number;
  readonly #to: number;
  /** by row, then by place of the key */
  readonly #groups: (Group | undefined)[][] = [];
  readonly #places = new Map<string, number>();
  readonly #keys: string[] = [];
  #count = 0;
  readonly #max: number;
  /** the stretch found last, and its row */
  #low = NaN;
  #high = NaN;
  #row = -1;

  /** @param max more groups than that are too many */
  constructor(bins: Bins, from: number, to: number, max: number) {
    this.#max = max;
    this.#bins = bins;
    this.#from = from;
    this.#to = to;
  }

  /** The place of a key among all. */
  place(key: string): number {
    let place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, (place = this.#keys.push(key) - 1));
    return place;
  }

  /** The places of a pack's own: by its key column's values. */
  places({ names }: Columns, by: Key | undefined): Int32Array {
    const none = this.place('');
    if (by === undefined) return Int32Array.of(none);
    return Int32Array.from([none, ...names.map((name) => this.place(name))]);
  }

  /** Undefined where the instant lies outside, or is none. */
  at(instant: number, place: number): Group | undefined {
    if (!(instant >= this.#from && instant < this.#to)) return undefined;
    if (!(instant >= this.#low && instant < this.#high)) this.#find(instant);
    const groups = (this.#groups[this.#row] ??= []);
    const known = groups[place];
    if (known !== undefined) return known;
    if (++this.#count > this.#max) throw new TooManyRows();
    return (groups[place] = new Group(this.#row, this.#keys[place] ?? ''));
  }

  #find(instant: number): void {
    const { starts, rowOf } = this.#bins;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= instant) low = middle;
      else high = middle - 1;
    }
    this.#low = starts[low] ?? 0;
    this.#high = starts[low + 1] ?? this.#to;
    this.#row = rowOf[low] ?? 0;
  }

  rows({ figures, by }: FigureQuestion, waitMin: readonly number[]): FigureRow[] {
    const rows: FigureRow[] = [];
    for (const groups of this.#groups) {
      const present = (groups ?? []).filter((group) => group !== undefined);
      present.sort((a, b) => (a.key < b.key ? -1 : 1));
      for (const group of present) {
        const row = this.#rowOf(group, figures, by, waitMin);
        if (row !== undefined) rows.push(row);
      }
    }
    return rows;
  }

  #rowOf(
    group: Group,
    figures: readonly FigureName[],
    by: Key | undefined,
    waitMin: readonly number[],
  ): FigureRow | undefined {
    group.sort();
    const row: Record<string, string | number | null | Figure> = { ...this.#bins.rows[group.row] };
    if (by !== undefined) row[by] = group.key === '' ? null : group.key;
    let some = false;
    for (const name of figures) {
      const figure = figureOf(name, group, waitMin);
      some ||= figure !== undefined;
      row[name] = figure ?? null;
    }
    return some ? row : undefined;
  }
}

function figureOf(name: FigureName, group: Group, waitMin: readonly number[]): Figure | undefined {
  const definition = definitionOf(name);
  switch (definition.from) {
    case 'visits':
      return definition.of(group, waitMin);
    case 'windows':
      return definition.of(group.windows);
    case 'devices':
      return definition.of(group.devices);
    case 'zones':
      return group.presentN > 0 ? { value: group.presentMax, n: group.presentN } : undefined;
  }
}

const CANCELLED = VISIT_ENDS.indexOf('cancelled');
const MISSED = VISIT_ENDS.indexOf('missed');
const COMPLETED = VISIT_ENDS.indexOf('completed');
const NONE = new Uint16Array(0);
const NO_NUMBERS = new Float64Array(0);

/**
 * A visit counts for `issued` and what people gave up by its issue, for waits by the begin of its service, for what was
 * served by its end.
 */
function addVisits(groups: Groups, facts: Columns, by: Key | undefined, lists: boolean): void {
  const { n, columns } = facts;
  const numbers = (name: string) => columns[name] ?? NO_NUMBERS;
  const places = groups.places(facts, by);
  const keys = by === undefined ? NONE : numbers(by);
  const [issuedAt, servingAt, endedAt] = [
    numbers('issued_at'),
    numbers('serving_at'),
    numbers('ended_at'),
  ];
  const [wait, unserved, service] = [
    numbers('wait_ms'),
    numbers('unserved_ms'),
    numbers('service_ms'),
  ];
  const [end, flags] = [numbers('end'), numbers('flags')];
  for (let index = 0; index < n; index++) {
    const place = places[keys[index] ?? 0] ?? 0;
    const flag = flags[index] ?? 0;
    const ended = end[index];
    const issued = groups.at(issuedAt[index] ?? NaN, place);
    if (issued && (flag & ISSUED) !== 0) {
      issued.issued++;
      if (ended === CANCELLED) issued.cancelled++;
      else if (ended === MISSED) issued.abandoned++;
    }
    const beyond = unserved[index] ?? NaN;
    if (issued && lists && beyond === beyond) issued.unserved.push?.(beyond);
    const waited = wait[index] ?? NaN;
    if (waited === waited) addWait(groups.at(servingAt[index] ?? NaN, place), waited, lists);
    if (ended === COMPLETED) {
      addServed(groups.at(endedAt[index] ?? NaN, place), flag, service[index] ?? NaN);
    }
  }
}

function addWait(group: Group | undefined, ms: number, lists: boolean): void {
  if (group === undefined) return;
  group.waitCount++;
  group.waitSum += ms;
  if (lists) group.waits.push?.(ms);
}

function addServed(group: Group | undefined, flags: number, serviceMs: number): void {
  if (group === undefined) return;
  group.served++;
  if (hasOutcome(flags)) group.outcomes++;
  if (isDone(flags)) group.done++;
  if (serviceMs !== serviceMs) return;
  group.serviceCount++;
  group.serviceSum += serviceMs;
}

function addEvaluations(groups: Groups, facts: Columns, by: Key | undefined): void {
  const { n, columns } = facts;
  const places = groups.places(facts, by);
  const keys = by === undefined ? NONE : (columns[by] ?? NONE);
  const [at, level] = [columns['at'] ?? NO_NUMBERS, columns['level'] ?? NONE];
  for (let index = 0; index < n; index++) {
    const given = (level[index] ?? 0) - 1;
    if (given < 0) continue;
    const group = groups.at(at[index] ?? NaN, places[keys[index] ?? 0] ?? 0);
    if (group) group.given[given] = (group.given[given] ?? 0) + 1;
  }
}

/** An hour counts where it begins. */
function addSpent(
  groups: Groups,
  { n, names, columns }: Columns,
  kind: 'windows' | 'devices',
  states: readonly string[],
  keyOf: (id: string) => string,
): void {
  const places = ['', ...names].map((id) => groups.place(keyOf(id)));
  const [of, hour] = [columns['of'] ?? NONE, columns['hour'] ?? NO_NUMBERS];
  const lists = states.map((state) => [state, columns[state] ?? NO_NUMBERS] as const);
  for (let index = 0; index < n; index++) {
    const group = groups.at(hour[index] ?? NaN, places[of[index] ?? 0] ?? 0);
    if (group === undefined) continue;
    const spent = group[kind];
    for (const [state, ms] of lists) {
      const more = ms[index] ?? 0;
      if (more > 0) spent[state] = (spent[state] ?? 0) + more;
    }
  }
}

/** The whole hall is `*`; by zone it is left out. */
function addPresent(groups: Groups, { n, names, columns }: Columns, by: Key | undefined): void {
  const [of, hour] = [columns['of'] ?? NONE, columns['hour'] ?? NO_NUMBERS];
  const { max, n: counts } = columns;
  for (let index = 0; index < n; index++) {
    const id = names[(of[index] ?? 0) - 1] ?? '';
    if ((id === '*') !== (by === undefined)) continue;
    const group = groups.at(hour[index] ?? NaN, groups.place(by === undefined ? '' : id));
    if (group === undefined) continue;
    const value = max?.[index] ?? NaN;
    if (value !== value) continue;
    group.presentMax = group.presentN === 0 ? value : Math.max(group.presentMax, value);
    group.presentN += counts?.[index] ?? 0;
  }
}

function windowKey(
  window:
    | {
        readonly department?: { readonly zh: string } | undefined;
        readonly zone?: string | undefined;
      }
    | undefined,
  id: string,
  by: Key | undefined,
): string {
  if (by === undefined) return '';
  if (by === 'window') return id;
  return (by === 'zone' ? window?.zone : window?.department?.zh) ?? '';
}
