/** The hall's journal in one SQLite file: what `openJournal` gives and takes. */
export type * from './journal/entry.ts';
export { JournalClosed } from './journal/entry.ts';
