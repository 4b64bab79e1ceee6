// All that the rollups' file holds: rows, marks and days.
import { Days } from './days.ts';
import { RollupFile, type FileOwner } from './file.ts';
import { Marks } from './marks.ts';
import { Rows } from './rows.ts';

export class RollupStore {
  readonly file: RollupFile;
  readonly rows: Rows;
  readonly marks: Marks;
  readonly days: Days;

  /** Opens or makes the file. Throws SQLite's error where it is damaged. */
  constructor(file: string, owner: FileOwner) {
    this.file = new RollupFile(file, owner);
    this.rows = new Rows(this.file);
    this.marks = new Marks(this.file);
    this.days = new Days(this.file);
  }

  /** The newest hour of which anything is known; 0 while nothing is. */
  newest(): number {
    return Math.max(this.marks.newest(), this.rows.newest());
  }

  /** The first and the last hour of which anything is known of a measurement; nothing where nothing is. */
  ends(measurement: string): readonly number[] {
    // Raw points from before that are not read any more.
    const touched = this.marks.ends(measurement, this.file.prunedBefore);
    return [...touched, ...this.rows.ends(measurement)];
  }

  /** Forgets rollups that begin before that time (ms). */
  prune(before: number): void {
    this.file.transaction(() => {
      this.rows.prune(before);
      for (const table of ['day', 'day_due', 'touched']) {
        this.file.database.prepare(`DELETE FROM ${table} WHERE start < ?`).run(before);
      }
    });
  }
}
