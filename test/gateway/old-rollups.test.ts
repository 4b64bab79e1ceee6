// The rollups of earlier versions are read once more: a file that such a version wrote (fixtures/rollup.sql).
import { deepStrictEqual as equal, throws } from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { oldRollups } from '../../gateway/history/old-rollups.ts';

const HOUR = 3_600_000;
/** The hours of the file: 0 and 1 of 2 March in Shanghai, and 0 of the day after. */
const T0 = Date.UTC(2026, 2, 1, 16);
const ALL = T0 + 48 * HOUR;

function oldFile(): string {
  const file = `${Deno.makeTempDirSync({ prefix: 'hallcast-' })}/rollup.sqlite`;
  const database = new DatabaseSync(file);
  database.exec(
    Deno.readTextFileSync(new URL('./fixtures/rollup.sql', import.meta.url).pathname) +
      'PRAGMA journal_mode = WAL',
  );
  database.close();
  return file;
}

Deno.test('old rollups: the sums of gauges, by device or zone, for hours before a time', () => {
  const file = oldFile();
  const told = (before: number) =>
    [...oldRollups(file, 'embedded', before)].map(({ kind, of, hour, n, sum, min, max }) =>
      [kind, of, (hour - T0) / HOUR, n, sum, min, max].join(' '),
    );
  equal(told(T0 + HOUR).sort(), [
    'gauge cam-1/rssi_dbm 0 4 -246 -63 -60',
    'gauge cam-1/temp_c 0 4 -19.5 -9.75 0',
    'gauge disp-1/battery_pct 0 1 50 50 50',
    // Three points of one state and one of another are one device.
    'gauge disp-1/paper_pct 0 4 314 77 80',
    'gauge disp-1/temp_c 0 4 88 20.5 23.5',
    'gauge z1/in 0 4 12 0 6',
    'gauge z1/out 0 4 6 0 3',
    'gauge z1/present 0 4 6 0 3',
    'link internet/loss_pct 0 4 0 0 0',
    'link internet/rtt_ms 0 4 101.25 10.125 40.5',
  ]);
  equal(told(T0), []);
  equal(told(ALL).length, 30);
  equal(told(Number.MAX_SAFE_INTEGER), told(ALL));
  equal(
    told(ALL).filter((line) => line.includes('present')),
    [
      'gauge z1/present 0 4 6 0 3',
      'gauge z1/present 1 4 406 100 103',
      'gauge z1/present 24 4 806 200 203',
    ],
  );
});

Deno.test('old rollups: no file, one of another database, a damaged one', () => {
  const file = oldFile();
  const all = (name: string, source: string) => [...oldRollups(name, source, ALL)];
  equal(all(`${file}-none`, 'embedded'), []);
  equal(all(file, 'db:8086/ hallcast h1'), []);
  const database = new DatabaseSync(file);
  database.exec(`UPDATE meta SET value = '2' WHERE name = 'format'`);
  database.close();
  equal(all(file, 'embedded'), []);
  Deno.writeTextFileSync(file, 'no database '.repeat(1_000));
  throws(() => all(file, 'embedded'), /not a database/);
});
