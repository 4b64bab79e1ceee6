// DATA/hall.json: the parts of the hall file at the last start, so that a start can say what a changed file takes away.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HallConfig } from '../hall/config.ts';
import { lastHallOf, parseLastHall, PART_LISTS, withRemoved } from '../hall/config/removed.ts';
import { message, type Log } from './log.ts';

export const LAST_HALL_FILE = 'hall.json';

/**
 * The hall with what its file has no more since earlier starts, each told once in the log; remembers this start's parts.
 * A file that cannot be read or written costs the comparison and nothing else.
 * @param now ms since 1970
 */
export function compareWithLast(
  config: HallConfig,
  data: string,
  now: number,
  log: Log,
): HallConfig {
  const file = join(data, LAST_HALL_FILE);
  const text = readIfThere(file);
  const last = text === undefined ? undefined : parseLastHall(text);
  if (text !== undefined && last === undefined) {
    log.warn(message('hall-file.last-unreadable', { file: LAST_HALL_FILE }), {
      stage: 'hall-file',
    });
  }
  const hall = withRemoved(config, last, now);
  tell(hall, now, log);
  try {
    mkdirSync(data, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(lastHallOf(hall))}\n`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    log.onError(error, { stage: 'hall-file' });
  }
  return hall;
}

/** One line a list, for what this start is the first to miss. */
function tell({ removed }: HallConfig, now: number, log: Log): void {
  for (const list of removed === undefined ? [] : PART_LISTS) {
    const gone = removed?.[list].filter(({ since }) => since === now) ?? [];
    if (gone.length === 0) continue;
    const names = gone.map(({ id, name }) => (name.zh === id ? id : `${id} (${name.zh})`));
    const text = message('hall-file.removed', { list, names: names.join(', ') });
    log.warn(text, { stage: 'hall-file' });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
