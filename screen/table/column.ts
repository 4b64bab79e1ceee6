// A column of a table, as its table declares it.
import type { Snippet } from 'svelte';
import type { DefinitionKey } from '../../hall/definitions.ts';
import type { Mark } from '../figure.ts';

export interface Column<Row> {
  /** also the class of its cells and its head */
  readonly key: string;
  readonly zh: string;
  readonly en: string;
  /** what the column means, told on hover and focus */
  readonly define?: DefinitionKey;
  /** what the table sorts by; without it nobody can sort by the column */
  readonly score?: (row: Row) => number | string;
  /** its first click sorts upward: names, and figures of which little is bad */
  readonly isUpward?: true;
  /** scores closer than this keep their order */
  readonly slack?: number;
  /** CSS widths: where there is room, and where the table is narrow */
  readonly width?: readonly [wide: string, narrow?: string];
  /** `inset`: in line with a column that begins after a ruler */
  readonly align?: 'end' | 'inset';
  /** left out where the table is narrow */
  readonly isMinor?: true;
  /** names the row for those who hear the page */
  readonly isName?: true;
  /** drawn in place of the column's name */
  readonly head?: Snippet;
  /** what a cell shows: drawn, or in a text; `none` (—) stands where there is no text */
  readonly cell?: Snippet<[Row]>;
  readonly text?: (row: Row) => string | undefined;
  readonly none?: string;
  /** on a card the cell has the column's name above its text; `sparse`: and is left out without a text */
  readonly onCard?: 'named' | 'sparse';
  /** further classes of a cell */
  readonly tone?: (row: Row) => string | undefined;
  /** what the explanation of the column says of this row besides */
  readonly note?: (row: Row) => string | undefined;
  /** the figure that the cell shows */
  readonly figure?: (row: Row) => Mark;
}

/** Rows in a group with a name of its own, or all of them in one without. */
export interface RowGroup {
  readonly key: string;
  readonly name?: { readonly zh: string; readonly en?: string };
  readonly ids: readonly string[];
}
