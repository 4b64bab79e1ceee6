/** What happens to a journal's file before it is opened: claimed, brought to the present format, salvaged, rewound. */
import { DatabaseSync } from 'node:sqlite';
import { isDamage, probe, salvage } from './damage.ts';
import type { JournalOptions, Position } from './entry.ts';
import type { LetterLimits } from './letters.ts';
import { Store } from './store.ts';
import type { WriterThread } from './thread.ts';
import { CodedError, message } from '../log.ts';

/** What comes after that position is written aside, then taken away: another gateway's journal goes on without it. */
export function rewind(file: string, hall: string, limits: LetterLimits, to: Position): void {
  const store = new Store(file, hall, limits);
  try {
    const stamp = new Date().toISOString().replaceAll(':', '-');
    store.rewind(to, `${file}.rewound-${stamp}`);
  } finally {
    store.close();
  }
}

/** One writer per journal: an open transaction on a file beside it, which ends with the process. */
export function claimFile(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}-lock`);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw new CodedError(message('journal.in-use', { file }), { cause: error });
  }
}

/** Leaves a sound file of this hall and of the present format behind, a salvaged one where it was damaged. */
export async function prepareFile(
  writer: WriterThread,
  file: string,
  hall: string,
  limits: LetterLimits,
  { onError, onInfo }: JournalOptions,
): Promise<void> {
  try {
    const conversion = await writer.request({ kind: 'convert', file, hall });
    if (conversion !== undefined) onInfo?.('journal: converted to a new format', { ...conversion });
    new Store(file, hall, limits).close();
    probe(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const {
      damagedFile: aside,
      entries,
      deadLetters: letters,
    } = salvage(file, hall, limits, Date.now());
    const told = message('journal.damaged', { file, aside, entries, letters });
    onError(new CodedError(told, { cause: error }), { stage: 'journal' });
  }
}
