/** How an entry's text keeps whose command it is an event of: beside the event's own fields, and only under this mark. */
import type { By } from '../../hall/command.ts';
import type { Marks } from '../../hall/marks.ts';
import type { CommandNote, Draft, Entry } from './entry.ts';

/** A bit of `marks` of which nothing is told: the text has `by`, and may have `command`. Devices' signals never do. */
const BY: Marks = 1 << 24;

export function hasBy(marks: Marks): boolean {
  return (marks & BY) !== 0;
}

/** The marks of which something is told. */
export function withoutBy(marks: Marks): Marks {
  return marks & ~BY;
}

/** @returns the text and the marks that are kept */
export function textOf({ signal, by, command }: Draft, marks: Marks): [text: string, marks: Marks] {
  if (by === undefined) return [JSON.stringify(signal), marks];
  return [JSON.stringify({ ...signal, by, ...(command && { command }) }), marks | BY];
}

interface Kept {
  readonly by?: By;
  readonly command?: CommandNote;
}

/** The event of a text that was kept under these marks, and whose it is. */
export function readText(text: string, marks: Marks): Pick<Entry, 'signal' | 'by' | 'command'> {
  const parsed = JSON.parse(text) as object;
  if (!hasBy(marks)) return { signal: parsed };
  const { by, command, ...signal } = parsed as Kept;
  return { signal, ...(by && { by }), ...(command && { command }) };
}
