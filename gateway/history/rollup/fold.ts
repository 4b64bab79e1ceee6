// The figures of one hour or one day of a measurement: gathered from points or from shorter rollups, written as blobs.
import type { Scanned } from '../../history.ts';
import { packColumns, unpackColumns, type Column } from './columns.ts';
import { addRank, compressRanks, type Ranks } from './ranks.ts';

/** What is known of one field of one series. */
export interface Cell {
  /** points that have the field, whatever its value */
  n: number;
  /** those with a number; sum, min, max and ranks are theirs */
  numbers: number;
  sum: number;
  min: number;
  max: number;
  ranks: Ranks | undefined;
  approximate: boolean;
}

/** By series, as the store numbers them. */
export type FieldFold = Map<number, Cell>;
/** By field; under the empty name the points themselves are counted. */
export type Fold = Map<string, FieldFold>;

export interface Blobs {
  readonly figures: Uint8Array<ArrayBuffer>;
  /** only where there are numbers */
  readonly ranks: Uint8Array<ArrayBuffer> | undefined;
}

/** The columns of a figures blob, entries in order of series; of a field without numbers only the first two. */
export interface Figures {
  readonly series: Column;
  readonly n: Column;
  readonly numbers: Column | undefined;
  readonly sum: Column | undefined;
  readonly min: Column | undefined;
  readonly max: Column | undefined;
}

/** The columns of a ranks blob: per series how many pairs, then all the pairs. */
export interface RankColumns {
  readonly series: Column;
  readonly pairs: Column;
  readonly approximate: Column;
  readonly values: Column;
  readonly counts: Column;
}

/** Counting points under no field's name. */
export const POINTS = '';

/** Own to each point, so that their figures say nothing: they are not rolled. */
const UNROLLED: ReadonlySet<string> = new Set(['id', 'entry', 'seq']);

export function isRolled(field: string | undefined): boolean {
  return field === undefined || !UNROLLED.has(field);
}

function emptyCell(): Cell {
  return {
    ...{ n: 0, numbers: 0, sum: 0, min: Infinity, max: -Infinity },
    ...{ ranks: undefined, approximate: false },
  };
}

function addNumber(cell: Cell, value: number): void {
  cell.numbers++;
  cell.sum += value;
  if (value < cell.min) cell.min = value;
  if (value > cell.max) cell.max = value;
}

export function foldPoint(fold: Fold, series: number, { fields }: Scanned): void {
  cellOf(fold, POINTS, series).n++;
  for (const name in fields) {
    if (UNROLLED.has(name)) continue;
    const value = fields[name];
    const cell = cellOf(fold, name, series);
    cell.n++;
    if (typeof value !== 'number') continue;
    addNumber(cell, value);
    addRank((cell.ranks ??= new Map()), value);
  }
}

/** Adds what a shorter rollup's figures blob says of a field. */
export function foldFigures(fold: Fold, field: string, blob: Uint8Array<ArrayBuffer>): void {
  const { series, n, numbers, sum, min, max } = readFigures(blob);
  for (let index = 0; index < series.length; index++) {
    const cell = cellOf(fold, field, series[index] ?? 0);
    cell.n += n[index] ?? 0;
    if (sum === undefined) continue;
    const count = (numbers ?? n)[index] ?? 0;
    if (count === 0) continue;
    cell.numbers += count;
    cell.sum += sum[index] ?? 0;
    cell.min = Math.min(cell.min, min?.[index] ?? Infinity);
    cell.max = Math.max(cell.max, max?.[index] ?? -Infinity);
  }
}

/** The same of its ranks blob. */
export function foldRanks(fold: Fold, field: string, blob: Uint8Array<ArrayBuffer>): void {
  const { series, pairs, approximate, values, counts } = readRanks(blob);
  let pair = 0;
  for (let index = 0; index < series.length; index++) {
    const cell = cellOf(fold, field, series[index] ?? 0);
    const ranks = (cell.ranks ??= new Map());
    if (approximate[index] === 1) cell.approximate = true;
    for (const end = pair + (pairs[index] ?? 0); pair < end; pair++) {
      addRank(ranks, values[pair] ?? 0, counts[pair] ?? 0);
    }
  }
}

/** How many points a figures blob counts, over all series. */
export function countOf(blob: Uint8Array<ArrayBuffer>): number {
  let total = 0;
  for (const n of readFigures(blob).n) total += n;
  return total;
}

export function packField(field: FieldFold): Blobs {
  const entries = [...field].sort(([a], [b]) => a - b);
  const series = entries.map(([id]) => id);
  const cells = entries.map(([, cell]) => cell);
  const n = cells.map((cell) => cell.n);
  if (cells.every(({ numbers }) => numbers === 0)) {
    return { figures: packColumns([series, n]), ranks: undefined };
  }
  // Nearly always every value is a number; then that column is left empty.
  const all = cells.every((cell) => cell.numbers === cell.n);
  const figures = packColumns([
    series,
    n,
    all ? [] : cells.map(({ numbers }) => numbers),
    cells.map(({ sum }) => sum),
    cells.map(({ min, numbers }) => (numbers === 0 ? 0 : min)),
    cells.map(({ max, numbers }) => (numbers === 0 ? 0 : max)),
  ]);
  return { figures, ranks: packRanks(series, cells) };
}

function packRanks(series: readonly number[], cells: readonly Cell[]): Uint8Array<ArrayBuffer> {
  const pairs: number[] = [];
  const approximate: number[] = [];
  const values: number[] = [];
  const counts: number[] = [];
  for (const cell of cells) {
    const { ranks, moved } = compressRanks(cell.ranks ?? new Map());
    pairs.push(ranks.size);
    approximate.push(moved || cell.approximate ? 1 : 0);
    // In order, so that whoever gathers many of them need not sort.
    for (const [value, count] of [...ranks].sort(([a], [b]) => a - b)) {
      values.push(value);
      counts.push(count);
    }
  }
  return packColumns([series, pairs, approximate, values, counts]);
}

export function readFigures(blob: Uint8Array<ArrayBuffer>): Figures {
  const [series = NONE, n = NONE, numbers, sum, min, max] = unpackColumns(blob);
  return { series, n, numbers: numbers?.length === 0 ? undefined : numbers, sum, min, max };
}

export function readRanks(blob: Uint8Array<ArrayBuffer>): RankColumns {
  const [series = NONE, pairs = NONE, approximate = NONE, values = NONE, counts = NONE] =
    unpackColumns(blob);
  return { series, pairs, approximate, values, counts };
}

const NONE: Column = new Uint8Array(0);

function cellOf(fold: Fold, name: string, series: number): Cell {
  let field = fold.get(name);
  if (field === undefined) fold.set(name, (field = new Map()));
  let cell = field.get(series);
  if (cell === undefined) field.set(series, (cell = emptyCell()));
  return cell;
}
