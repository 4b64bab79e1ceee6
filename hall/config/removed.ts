// What the hall file had at an earlier start and has no more: people may still wait in a queue that is gone, and devices may
// go on sending to it. Kept in the data folder from one start to the next. SPEC §19.4.
import * as v from 'valibot';
import type { HallConfig } from '../config.ts';
import { freeze } from './freeze.ts';
import type { Name } from './values.ts';

export const PART_LISTS = [
  'floors',
  'zones',
  'queues',
  'services',
  'windows',
  'devices',
  'screens',
] as const;
export type PartList = (typeof PART_LISTS)[number];

export interface RemovedPart {
  readonly id: string;
  readonly name: Name;
  /** when a start first missed it, ms since 1970 */
  readonly since: number;
}

export type Removed = Readonly<Record<PartList, readonly RemovedPart[]>>;

interface Part {
  readonly id: string;
  readonly name: Name;
}

/** A hall file as a later start compares itself with it. */
export interface LastHall {
  readonly hall: string;
  readonly parts: Readonly<Record<PartList, readonly Part[]>>;
  readonly removed: Removed;
}

const name = v.object({
  zh: v.string(),
  en: v.optional(v.string()),
  'zh-Hant': v.optional(v.string()),
});
const part = v.object({ id: v.string(), name });
const removedPart = v.object({ id: v.string(), name, since: v.number() });
const perList = <S extends v.GenericSchema>(item: S) => {
  const list = v.optional(v.array(item), []);
  return v.object({
    ...{ floors: list, zones: list, queues: list, services: list },
    ...{ windows: list, devices: list, screens: list },
  });
};
const lastHall = v.object({
  hall: v.string(),
  parts: perList(part),
  removed: perList(removedPart),
});

/** What an earlier start left, or undefined where that cannot be read. Never throws. */
export function parseLastHall(text: string): LastHall | undefined {
  try {
    const parsed = v.safeParse(lastHall, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** What a later start compares itself with. */
export function lastHallOf(config: HallConfig): LastHall {
  return {
    hall: config.hall.id,
    parts: byList((list) => partsOf(config, list)),
    removed: config.removed ?? byList(() => []),
  };
}

/**
 * The hall with what its file has no more. Nobody can hang on a part for longer than `limits.past_days`: then it is forgotten.
 * @param now of the start, ms since 1970
 */
export function withRemoved(
  config: HallConfig,
  last: LastHall | undefined,
  now: number,
): HallConfig {
  if (last === undefined || last.hall !== config.hall.id) return config;
  const oldest = now - config.limits.past_days * 86_400_000;
  const removed = byList((list) => {
    const present = new Set(config[list].map(({ id }) => id));
    const before = last.removed[list].filter(({ since }) => since >= oldest);
    const known = new Set(before.map(({ id }) => id));
    const missed = last.parts[list].filter(({ id }) => !known.has(id));
    const gone = [...before, ...missed.map((each) => ({ ...each, since: now }))];
    return gone.filter(({ id }) => !present.has(id));
  });
  const isNothing = PART_LISTS.every((list) => removed[list].length === 0);
  return isNothing ? config : freeze({ ...config, removed });
}

function byList<T>(of: (list: PartList) => T): Record<PartList, T> {
  return {
    ...{ floors: of('floors'), zones: of('zones'), queues: of('queues') },
    ...{ services: of('services'), windows: of('windows') },
    ...{ devices: of('devices'), screens: of('screens') },
  };
}

function partsOf(config: HallConfig, list: PartList): Part[] {
  if (list === 'windows') {
    return config.windows.map(({ id, label }) => ({ id, name: windowName(label) }));
  }
  return config[list].map(({ id, name: given }) => ({ id, name: given ?? { zh: id } }));
}

function windowName(label: string): Name {
  return { zh: `${label} 号窗口`, en: `Window ${label}` };
}
