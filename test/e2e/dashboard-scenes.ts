// Moments of a business day for the pages at work: any hall at any hour, folded from the signals of the demo day.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asReceived, demoDay } from '../../demo/day.ts';
import { neighbourSummaries } from '../../demo/day/neighbours.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { NO_STATUS } from '../../hall/gateway-status.ts';
import { readSummary, type Neighbour } from '../../hall/neighbour.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { usualDay } from '../../hall/usual-day.ts';
import { addDays } from '../../hall/zone-time.ts';
import { pastDay } from '../hall/past-days.ts';
import type { Scene } from '../pictures/halls.ts';

/** The hall's code runs in Deno and in browsers; Node 20, in which these tests run, lacks this one function. */
Map.groupBy ??= <K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
};

/** A Wednesday without a holiday near. */
const DATE = '2026-11-18';

export function demoYaml(): Promise<string> {
  return readFile(join(import.meta.dirname, '../../demo/hall.yaml'), 'utf8');
}

/** The hall of `yaml` at `clock` ("12:10") of a day on which its devices tell the demo's story, or nothing at all. */
export function dayScene(yaml: string, clock: string, story = true): Scene {
  const parsed = parseHall(yaml, 'hall.yaml');
  if (!parsed.ok) throw new Error(`hall of a scene: ${JSON.stringify(parsed.problems)}`);
  const config: HallConfig = parsed.config;
  const now = Date.parse(`${DATE}T${clock}:00+08:00`);
  const events = story ? demoDay(config, DATE).filter(({ at }) => at <= now) : [];
  const hall = events.reduce(
    (known, event, seq) => fold(known, config, asReceived(event, seq + 1)),
    startHall(config, Date.parse(`${DATE}T00:00:00+08:00`)),
  );
  return { hall, config, now, gatewayStatus: { ...NO_STATUS, neighbours: told(config, now) } };
}

/** Neighbours of the hall file, each with a summary of the demo's; of many one is old and one was never heard. */
function told(config: HallConfig, now: number): readonly Neighbour[] {
  const demo = neighbourSummaries(config, now);
  return config.neighbours.flatMap(({ id }, index): Neighbour[] => {
    if (index === 5) return [];
    const at = index === 4 ? now - 20 * 60_000 : now;
    const payload = JSON.stringify({ ...demo[index % demo.length], hall: id, at, demo: false });
    const summary = readSummary(new TextEncoder().encode(payload), id);
    if ('refused' in summary) throw new Error(`summary of a scene: ${summary.refused}`);
    return [{ id, heardAt: now, summary }];
  });
}

/** The same scene in a hall that knows the four Wednesdays before. */
export function withPastDays(scene: Scene): Scene {
  const dates = [4, 3, 2, 1].map((weeks) => addDays(DATE, -7 * weeks));
  const days = dates.map((date) => pastDay(scene.config, date, demoDay(scene.config, date)));
  const usual = usualDay(DATE, 'wed', days);
  return {
    ...scene,
    gatewayStatus: { ...NO_STATUS, ...scene.gatewayStatus, ...(usual && { usual }) },
  };
}
