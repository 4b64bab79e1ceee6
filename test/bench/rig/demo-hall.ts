// The demo hall as a hall file for a bench, at a chosen hour of its day whatever time it is here, and its whole day.
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { demoDay, type DemoEvent } from '../../../demo/day.ts';
import { businessDate } from '../../../hall/zone-time.ts';
import { parseHall, type HallConfig } from '../../../hall/config.ts';

export interface BenchHall {
  readonly yaml: string;
  readonly config: HallConfig;
}

interface Changes {
  /** the hour (0 … 23) that it is in the hall now */
  readonly hour: number;
  /** open all day, instead of the demo's hours */
  readonly always?: boolean;
  /** further screens, as the hall file writes them */
  readonly screens?: readonly object[];
  /** settings of the boards, as the hall file writes them */
  readonly board?: object;
}

/** Nothing happens in the demo hall from then on. */
const EVENING = 22;

/** Throws where the changes make it no hall file. */
export function benchHall({ hour, always = false, screens = [], board = {} }: Changes): BenchHall {
  const file = new URL('../../../demo/hall.yaml', import.meta.url);
  const hall = parse(readFileSync(file, 'utf8'));
  hall.hall.timezone = zoneWithHour(hour);
  if (always) hall.hours = { daily: ['00:00-24:00'], holidays: 'none' };
  hall.screens.push(...screens);
  hall.devices.push(...devicesOfLoad(hall));
  hall.board = { ...hall.board, ...board };
  const yaml = stringify(hall);
  const parsed = parseHall(yaml, 'bench hall');
  if (!parsed.ok) throw new Error(`bench hall: ${JSON.stringify(parsed.problems)}`);
  return { yaml, config: parsed.config };
}

/** Devices that `load.ts` plays and the demo hall does not have: unlisted ones share what one address may send. */
function devicesOfLoad({ queues, zones }: Record<'queues' | 'zones', readonly { id: string }[]>) {
  return [
    ...queues.map(({ id }) => ({ id: `dispenser-${id}`, kind: 'dispenser' })),
    ...zones.flatMap(({ id }) => [
      { id: `counter-${id}`, kind: 'counter', zone: id },
      { id: `gate-${id}`, kind: 'counter', zone: id },
    ]),
  ];
}

/** The demo hall late in the evening, and everything that its devices told on this day, in order of `at`. */
export function livedDay(): { readonly hall: BenchHall; readonly events: readonly DemoEvent[] } {
  const hall = benchHall({ hour: EVENING });
  const now = Date.now();
  const date = businessDate(hall.config.hall.timezone, now);
  return { hall, events: demoDay(hall.config, date).filter(({ at }) => at <= now) };
}

/** Names of Etc/GMT zones have the sign of POSIX: Etc/GMT-8 is east, UTC+8. */
function zoneWithHour(hour: number): string {
  const ahead = (hour - new Date().getUTCHours() + 24) % 24;
  const east = ahead > 12 ? ahead - 24 : ahead;
  return `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}
