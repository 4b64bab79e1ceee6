// After a journal was rewound its numbers are given again, to other entries: how far a history says it has it may not
// be beyond that. What it has already is only written once more, or is known to others by its place.
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from './store.ts';

/** Makes the history begin again after `seq` where it was beyond it; before its thread opens the file. */
export function rewindHistory({ kind, file }: Store, seq: number): void {
  if (!existsSync(file)) return;
  const database = new DatabaseSync(file);
  try {
    if (kind === 'embedded') {
      database
        .prepare("UPDATE meta SET value = ? WHERE name = 'through' AND CAST(value AS INTEGER) > ?")
        .run(seq, seq);
      return;
    }
    database.prepare('UPDATE cursor SET through = min(through, ?)').run(seq);
    database.prepare('DELETE FROM mark WHERE seq > ?').run(seq);
  } finally {
    database.close();
  }
}
