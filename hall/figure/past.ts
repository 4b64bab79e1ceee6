// Figures of any period from facts: walks over columns, sums by bin and key, and asks the catalogue what they come to.
import { VISIT_ENDS } from '../fact.ts';
import { indexHall, type HallConfig } from '../config.ts';
import type { Figure } from '../figure.ts';
import { binsOf, type Bins, type Per } from './bins.ts';
import { definitionOf, type FigureName, type Need, type VisitSums } from './catalogue.ts';
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

const MINUTE_MS = 60_000;

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
  const limits = config.thresholds.wait_min.map((minutes) => minutes * MINUTE_MS);
  const bins = binsOf(config.hall.timezone, from, to, per);
  const groups = new Groups(question, bins, limits.length, rowsMax);
  const definitions = figures.map(definitionOf);
  const needs = (kind: string) => definitions.some((one) => one.from === kind);
  const summed = new Set(definitions.flatMap((one) => (one.from === 'visits' ? one.needs : [])));
  if (summed.has('issues') || summed.has('waits') || summed.has('services')) {
    for (const each of facts.visits) addVisits(groups, each, by, summed, limits);
  }
  if (summed.has('evaluations')) {
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
  return groups.rows(question);
}

const NO_NUMBERS = new Float64Array(0);

/** What is summed of one bin and key. */
class Group implements VisitSums {
  issued = 0;
  cancelled = 0;
  abandoned = 0;
  waits: Float64Array = NO_NUMBERS;
  waitSum = 0;
  waitMax = 0;
  waitCount = 0;
  served = 0;
  serviceSum = 0;
  serviceCount = 0;
  outcomes = 0;
  done = 0;
  readonly given = [0, 0, 0, 0, 0];
  /** by threshold */
  readonly inTime: number[];
  readonly beyond: number[];
  readonly everyWait: number[] = [];
  readonly windows: Record<string, number> = {};
  readonly devices: Record<string, number> = {};
  presentMax = NaN;
  presentN = 0;
  readonly row: number;
  readonly key: string;

  constructor(row: number, key: string, thresholds: number) {
    this.inTime = new Array<number>(thresholds).fill(0);
    this.beyond = [...this.inTime];
    this.row = row;
    this.key = key;
  }

  sort(): void {
    this.waits = new Float64Array(this.everyWait).sort();
  }
}

/** The stretch found last for one kind of instant: those of a pack lie near each other. */
class Spot {
  low = NaN;
  high = NaN;
  row = -1;
}

class Groups {
  readonly #bins: Bins;
  readonly #from: number;
  readonly #to: number;
  readonly #thresholds: number;
  /** by row, then by place of the key */
  readonly #groups: (Group | undefined)[][] = [];
  readonly #places = new Map<string, number>();
  readonly #keys: string[] = [];
  #count = 0;
  readonly #max: number;
  /** @param max more groups than that are too many */
  constructor({ from, to }: FigureQuestion, bins: Bins, thresholds: number, max: number) {
    this.#bins = bins;
    this.#from = from;
    this.#to = to;
    this.#thresholds = thresholds;
    this.#max = max;
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
  at(instant: number, place: number, spot: Spot): Group | undefined {
    if (!(instant >= this.#from && instant < this.#to)) return undefined;
    if (!(instant >= spot.low && instant < spot.high)) this.#find(instant, spot);
    const groups = (this.#groups[spot.row] ??= []);
    const known = groups[place];
    if (known !== undefined) return known;
    if (++this.#count > this.#max) throw new TooManyRows();
    return (groups[place] = new Group(spot.row, this.#keys[place] ?? '', this.#thresholds));
  }

  #find(instant: number, spot: Spot): void {
    const { starts, rowOf } = this.#bins;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= instant) low = middle;
      else high = middle - 1;
    }
    spot.low = starts[low] ?? 0;
    spot.high = starts[low + 1] ?? this.#to;
    spot.row = rowOf[low] ?? 0;
  }

  rows({ figures, by }: FigureQuestion): FigureRow[] {
    const rows: FigureRow[] = [];
    for (const groups of this.#groups) {
      const present = (groups ?? []).filter((group) => group !== undefined);
      present.sort((a, b) => (a.key < b.key ? -1 : 1));
      for (const group of present) {
        const row = this.#rowOf(group, figures, by);
        if (row !== undefined) rows.push(row);
      }
    }
    return rows;
  }

  #rowOf(group: Group, figures: readonly FigureName[], by: Key | undefined): FigureRow | undefined {
    group.sort();
    const row: Record<string, string | number | null | Figure> = { ...this.#bins.rows[group.row] };
    if (by !== undefined) row[by] = group.key === '' ? null : group.key;
    let some = false;
    for (const name of figures) {
      const figure = figureOf(name, group);
      some ||= figure !== undefined;
      row[name] = figure ?? null;
    }
    return some ? row : undefined;
  }
}

function figureOf(name: FigureName, group: Group): Figure | undefined {
  const definition = definitionOf(name);
  switch (definition.from) {
    case 'visits':
      return definition.of(group);
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

/**
 * A visit counts for `issued` and what people gave up by its issue, for waits by the begin of its service, for what was
 * served by its end.
 */
function addVisits(
  groups: Groups,
  facts: Columns,
  by: Key | undefined,
  needs: ReadonlySet<Need>,
  limits: readonly number[],
): void {
  const { n, columns } = facts;
  const places = groups.places(facts, by);
  const keys = by === undefined ? NONE : (columns[by] ?? NONE);
  if (needs.has('issues')) addIssues(groups, facts, places, keys, limits);
  if (needs.has('waits')) addWaits(groups, facts, places, keys, limits, needs.has('everyWait'));
  if (!needs.has('services')) return;
  const [endedAt, service] = [numbers(facts, 'ended_at'), numbers(facts, 'service_ms')];
  const [end, flags] = [numbers(facts, 'end'), numbers(facts, 'flags')];
  const spot = new Spot();
  for (let index = 0; index < n; index++) {
    if (end[index] !== COMPLETED) continue;
    const place = places[keys[index] ?? 0] ?? 0;
    const group = groups.at(endedAt[index] ?? NaN, place, spot);
    if (group) addServed(group, flags[index] ?? 0, service[index] ?? NaN);
  }
}

function numbers({ columns }: Columns, name: string) {
  return columns[name] ?? NO_NUMBERS;
}

function addIssues(
  groups: Groups,
  facts: Columns,
  places: Int32Array,
  keys: ArrayLike<number>,
  limits: readonly number[],
): void {
  const [issuedAt, unserved] = [numbers(facts, 'issued_at'), numbers(facts, 'unserved_ms')];
  const [end, flags] = [numbers(facts, 'end'), numbers(facts, 'flags')];
  const spot = new Spot();
  for (let index = 0; index < facts.n; index++) {
    const group = groups.at(issuedAt[index] ?? NaN, places[keys[index] ?? 0] ?? 0, spot);
    if (group === undefined) continue;
    if (((flags[index] ?? 0) & ISSUED) !== 0) {
      group.issued++;
      if (end[index] === CANCELLED) group.cancelled++;
      else if (end[index] === MISSED) group.abandoned++;
    }
    const ms = unserved[index] ?? NaN;
    for (let limit = 0; limit < limits.length; limit++) {
      if (ms > (limits[limit] ?? 0)) group.beyond[limit] = (group.beyond[limit] ?? 0) + 1;
    }
  }
}

function addWaits(
  groups: Groups,
  facts: Columns,
  places: Int32Array,
  keys: ArrayLike<number>,
  limits: readonly number[],
  isEvery: boolean,
): void {
  const [servingAt, wait] = [numbers(facts, 'serving_at'), numbers(facts, 'wait_ms')];
  const spot = new Spot();
  for (let index = 0; index < facts.n; index++) {
    const ms = wait[index] ?? NaN;
    if (ms !== ms) continue;
    const group = groups.at(servingAt[index] ?? NaN, places[keys[index] ?? 0] ?? 0, spot);
    if (group === undefined) continue;
    group.waitCount++;
    group.waitSum += ms;
    if (ms > group.waitMax) group.waitMax = ms;
    if (isEvery) group.everyWait.push(ms);
    for (let limit = 0; limit < limits.length; limit++) {
      if (ms <= (limits[limit] ?? 0)) group.inTime[limit] = (group.inTime[limit] ?? 0) + 1;
    }
  }
}

function addServed(group: Group, flags: number, serviceMs: number): void {
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
  const spot = new Spot();
  for (let index = 0; index < n; index++) {
    const given = (level[index] ?? 0) - 1;
    if (given < 0) continue;
    const group = groups.at(at[index] ?? NaN, places[keys[index] ?? 0] ?? 0, spot);
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
  const spot = new Spot();
  for (let index = 0; index < n; index++) {
    const group = groups.at(hour[index] ?? NaN, places[of[index] ?? 0] ?? 0, spot);
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
  const spot = new Spot();
  for (let index = 0; index < n; index++) {
    const id = names[(of[index] ?? 0) - 1] ?? '';
    if ((id === '*') !== (by === undefined)) continue;
    const group = groups.at(hour[index] ?? NaN, groups.place(by === undefined ? '' : id), spot);
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
