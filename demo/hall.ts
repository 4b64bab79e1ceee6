// The demo hall's file, read.
import { readFileSync } from 'node:fs';
import { formatProblem, parseHall, type HallConfig } from '../hall/config.ts';

/** The demo hall with its zone set to `timezone`. @throws with all mistakes of the file */
export function readDemoHall(timezone?: string): HallConfig {
  const file = new URL('./hall.yaml', import.meta.url);
  const parsed = parseHall(readFileSync(file, 'utf8'), 'hall.yaml');
  if (!parsed.ok) {
    const mistakes = parsed.problems.map((problem) => formatProblem('hall.yaml', problem));
    throw new Error(`read the demo hall: ${mistakes.join('\n')}`);
  }
  const { config } = parsed;
  return timezone === undefined ? config : { ...config, hall: { ...config.hall, timezone } };
}
