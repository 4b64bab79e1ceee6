// Gathers a query's rows from rolled hours and days and from raw points.
import {
  ROWS_MAX,
  type Aggregate,
  type HistoryQuery,
  type HistoryRow,
  type Scanned,
} from '../../history.ts';
import { tooMuch } from '../bin.ts';
import { own } from '../../../hall/own.ts';
import { hasAll } from '../own.ts';
import { readFigures, readRanks } from './fold.ts';
import { RankSum } from './ranks.ts';
import type { Rolled, Series } from './rows.ts';

type Group = Readonly<Record<string, string>>;

/** A bin of a group. */
interface Cell {
  /** points; of what is not counted, those with a number */
  n: number;
  sum: number;
  min: number;
  max: number;
  ranks: RankSum | undefined;
  /** of ranks that are let go */
  percentile: number;
  approximate: boolean;
}

const NO_GROUP = -1;
const SHARES = { p50: 0.5, p90: 0.9 } as const;

export class Answer {
  readonly #query: HistoryQuery;
  readonly #edges: readonly number[];
  readonly #groups: { readonly group: Group; readonly key: string }[] = [];
  readonly #groupIds = new Map<string, number>();
  /** by series as the store numbers them: the group, or NO_GROUP */
  readonly #groupOfSeries: number[] = [];
  readonly #groupOfTags = new WeakMap<Group, number>();
  /** by bin, then by group */
  readonly #cells: (Cell | undefined)[][] = [];
  #rows = 0;
  /** bins before it are complete */
  #settled = 0;
  #bin = 0;

  /** @param edges where bins begin, and the end of the last one */
  constructor(query: HistoryQuery, edges: readonly number[], series: readonly Series[]) {
    this.#query = query;
    this.#edges = edges;
    for (const { id, tags } of series) this.#groupOfSeries[id] = this.#groupOf(tags);
  }

  addFigures({ start, blob }: Rolled): void {
    const cells = this.#cellsAt(start);
    const { series, n, numbers, sum, min, max } = readFigures(blob);
    const counting = this.#query.aggregate === 'count';
    if (!counting && sum === undefined) return;
    for (let index = 0; index < series.length; index++) {
      const group = this.#groupOfSeries[series[index] ?? 0] ?? NO_GROUP;
      if (group === NO_GROUP) continue;
      if (counting) {
        (cells[group] ?? this.#newCell(cells, group)).n += n[index] ?? 0;
        continue;
      }
      const count = (numbers ?? n)[index] ?? 0;
      if (count === 0) continue;
      const cell = cells[group] ?? this.#newCell(cells, group);
      cell.n += count;
      cell.sum += sum?.[index] ?? 0;
      const [least = Infinity, most = -Infinity] = [min?.[index], max?.[index]];
      if (least < cell.min) cell.min = least;
      if (most > cell.max) cell.max = most;
    }
  }

  /** In order of time, after everything that is before it: bins that it leaves behind are complete. */
  addRanks({ start, blob }: Rolled): void {
    const cells = this.#cellsAt(start);
    this.#settleBefore(this.#bin);
    const { series, pairs, approximate, values, counts } = readRanks(blob);
    let pair = 0;
    for (let index = 0; index < series.length; index++) {
      const end = pair + (pairs[index] ?? 0);
      const group = this.#groupOfSeries[series[index] ?? 0] ?? NO_GROUP;
      if (group === NO_GROUP || end === pair) {
        pair = end;
        continue;
      }
      const cell = cells[group] ?? this.#newCell(cells, group);
      if (approximate[index] === 1) cell.approximate = true;
      const ranks = (cell.ranks ??= new RankSum());
      for (; pair < end; pair++) ranks.add(values[pair] ?? 0, counts[pair] ?? 0);
    }
  }

  /** A row that the history behind gathered, by the query's groups, for part of the bin in which `at` lies. */
  addRow(at: number, aggregate: Plain, { group, value, n }: HistoryRow): void {
    const id = this.#groupIdOf(group);
    const cells = this.#cellsAt(at);
    const cell = cells[id] ?? this.#newCell(cells, id);
    cell.n += n;
    if (aggregate === 'sum') cell.sum += value;
    if (aggregate === 'min') cell.min = Math.min(cell.min, value);
    if (aggregate === 'max') cell.max = Math.max(cell.max, value);
  }

  /** A point, for an answer that takes every value. */
  addPoint({ tags, at, fields }: Scanned): void {
    const { field } = this.#query;
    const value = field === undefined ? undefined : own(fields, field);
    if (typeof value !== 'number') return;
    const group = this.#groupOf(tags);
    if (group === NO_GROUP) return;
    const cells = this.#cellsAt(at);
    const cell = cells[group] ?? this.#newCell(cells, group);
    (cell.ranks ??= new RankSum()).add(value, 1);
  }

  /** In order of time, then group. */
  rows(): HistoryRow[] {
    const { aggregate } = this.#query;
    this.#settleBefore(this.#cells.length);
    const order = this.#groups
      .map(({ key }, id) => ({ key, id }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const rows: HistoryRow[] = [];
    this.#cells.forEach((cells, bin) => {
      for (const { id } of order) {
        const [cell, group] = [cells[id], this.#groups[id]?.group];
        if (cell === undefined || group === undefined) continue;
        const { n } = cell;
        const row = { at: this.#edges[bin] ?? 0, group, value: valueOf(aggregate, cell), n };
        rows.push(cell.approximate ? { ...row, approximate: true } : row);
      }
    });
    return rows;
  }

  #groupOf(tags: Group): number {
    const known = this.#groupOfTags.get(tags);
    if (known !== undefined) return known;
    const { where = {}, groupBy = [] } = this.#query;
    const id = hasAll(tags, where)
      ? this.#groupIdOf(Object.fromEntries(groupBy.map((tag) => [tag, own(tags, tag) ?? ''])))
      : NO_GROUP;
    this.#groupOfTags.set(tags, id);
    return id;
  }

  /** Ranks of a year are much to keep, and to clear away later: a percentile is little. */
  #settleBefore(bin: number): void {
    const { aggregate } = this.#query;
    if (!isRanked(aggregate)) return;
    for (; this.#settled < bin; this.#settled++) {
      for (const cell of this.#cells[this.#settled] ?? []) {
        if (cell?.ranks === undefined) continue;
        cell.n = cell.ranks.n;
        cell.percentile = cell.ranks.percentile(SHARES[aggregate]);
        cell.approximate ||= cell.ranks.moved;
        cell.ranks = undefined;
      }
    }
  }

  #groupIdOf(group: Group): number {
    const key = JSON.stringify(group);
    let id = this.#groupIds.get(key);
    if (id === undefined) {
      id = this.#groups.push({ group, key }) - 1;
      this.#groupIds.set(key, id);
    }
    return id;
  }

  /** The cells of the bin in which `at` lies; nearly always the same as before, or the next. */
  #cellsAt(at: number): (Cell | undefined)[] {
    if (at < (this.#edges[this.#bin] ?? 0) || at >= (this.#edges[this.#bin + 1] ?? Infinity)) {
      this.#bin = binOf(this.#edges, at);
    }
    return (this.#cells[this.#bin] ??= []);
  }

  #newCell(cells: (Cell | undefined)[], group: number): Cell {
    if (++this.#rows > ROWS_MAX) throw tooMuch(`${ROWS_MAX} rows`);
    return (cells[group] = {
      ...{ n: 0, sum: 0, min: Infinity, max: -Infinity },
      ...{ ranks: undefined, percentile: Number.NaN, approximate: false },
    });
  }
}

/** Aggregates that come together from parts of a bin. */
export type Plain = 'count' | 'sum' | 'min' | 'max';

export function isRanked(aggregate: Aggregate): aggregate is 'p50' | 'p90' {
  return aggregate === 'p50' || aggregate === 'p90';
}

/** The last edge that is not after `at`. */
function binOf(edges: readonly number[], at: number): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((edges[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function valueOf(aggregate: Aggregate, cell: Cell): number {
  switch (aggregate) {
    case 'count':
      return cell.n;
    case 'sum':
      return cell.sum;
    case 'mean':
      return cell.sum / cell.n;
    case 'min':
      return cell.min;
    case 'max':
      return cell.max;
    case 'p50':
    case 'p90':
      return cell.percentile;
  }
}
