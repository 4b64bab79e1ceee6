// The hall file: YAML text → a checked, frozen HallConfig, or every mistake at once with its line.
// Lists keep the file's own key names (units are in them: `distance_m`, `wait_min`).
import * as v from 'valibot';
import { LineCounter, parseDocument } from 'yaml';
import { freeze } from './config/freeze.ts';
import { addIssue, Problems, type Problem } from './config/problems.ts';
import { checkReferences } from './config/references.ts';
import { hallFile, type HallFile } from './config/schema.ts';
import type { Removed } from './config/removed.ts';
import { NAMES_ONLY, type SourceRules } from './config/source-names.ts';
import type { Frozen, Name } from './config/values.ts';
import { addYamlErrors } from './config/yaml-words.ts';
import type { Language } from './language.ts';

export { freeze } from './config/freeze.ts';
export { formatProblem, type Problem } from './config/problems.ts';
export type { Removed, RemovedPart } from './config/removed.ts';
export type { Name, Span, WeekdayName } from './config/values.ts';

type FileWindow = HallFile['windows'][number];
type FileScreen = HallFile['screens'][number];

/** Everything the hall file says, defaults filled in, deep-frozen. */
export interface HallConfig extends Omit<
  Frozen<HallFile>,
  'windows' | 'screens' | 'services' | 'staff'
> {
  readonly staff: readonly Staff[];
  readonly services: readonly Service[];
  readonly windows: readonly Window[];
  readonly screens: readonly Screen[];
  /** what the hall file had at the last start and has no more; left out: nothing */
  readonly removed?: Removed;
}

export type Hours = HallConfig['hours'];
export type Floor = HallConfig['floors'][number];
export type Zone = HallConfig['zones'][number];
export type Queue = HallConfig['queues'][number];
export type Service = Frozen<HallFile['services'][number]>;
/** `label` is the window's number as people see it; its id when the file gives none. */
export type Window = Frozen<FileWindow & { label: string }>;
export type Device = HallConfig['devices'][number];
/** `resolution` in pixels; `orientation` follows from it. */
export type Screen = Frozen<FileScreen & { name: Name; orientation: 'landscape' | 'portrait' }>;
export type Staff = Frozen<Exclude<HallFile['staff'], string>[number]>;
export type Notice = HallConfig['notices'][number];
export type Thresholds = HallConfig['thresholds'];
export type ScreenLayout = Screen['layout'];
export type { DeviceKind } from './config/kinds.ts';

export type ParsedHall = { ok: true; config: HallConfig } | { ok: false; problems: Problem[] };

/**
 * Reads a hall file. Never throws.
 * @param text the file's YAML
 * @param file its name, for messages (see formatProblem)
 * @param sources how its `sources:` are read: SOURCES of vendors/sources.ts; left out where their names suffice
 * @param lang of the mistakes' messages
 * @returns the config, or all mistakes in the order of their lines
 */
export function parseHall(
  text: string,
  file: string,
  sources: SourceRules = NAMES_ONLY,
  lang: Language = 'en',
): ParsedHall {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = new Problems(document, lines, lang);
  addYamlErrors(document.errors, text, problems);
  if (document.errors.length > 0) return { ok: false, problems: problems.list() };

  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 1000 });
  } catch {
    // The library stops at a name that stands for too much, and at one that stands for nothing.
    problems.addAt(0, {
      zh: '别名（*name）之前没有对应的锚点（&name），或展开后过大',
      en: 'an alias (*name) has no anchor (&name) before it, or stands for too much',
    });
    return { ok: false, problems: problems.list() };
  }
  if (raw === null || raw === undefined) {
    problems.add([], {
      zh: `${file} 是空的，应为大厅文件`,
      en: `is empty, should be a hall file: ${file} has no keys`,
    });
    return { ok: false, problems: problems.list() };
  }
  const parsed = v.safeParse(hallFile(sources.schema), raw, { abortPipeEarly: true, lang });
  for (const issue of parsed.issues ?? []) addIssue(problems, issue);
  checkReferences(raw, sources, problems);
  const found = problems.list();
  if (found.length > 0 || !parsed.success) return { ok: false, problems: found };
  return { ok: true, config: freeze(complete(parsed.output)) };
}

/** A hall's parts by id. */
export interface HallIndex {
  readonly floors: ReadonlyMap<string, Floor>;
  readonly zones: ReadonlyMap<string, Zone>;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly services: ReadonlyMap<string, Service>;
  readonly windows: ReadonlyMap<string, Window>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly screens: ReadonlyMap<string, Screen>;
  readonly staff: ReadonlyMap<string, Staff>;
  /** Front windows that serve a queue, in the file's order. */
  readonly windowsOfQueue: ReadonlyMap<string, readonly Window[]>;
}

const indexes = new WeakMap<HallConfig, HallIndex>();

/** Lookups by id, made once per config. */
export function indexHall(config: HallConfig): HallIndex {
  const known = indexes.get(config);
  if (known !== undefined) return known;
  const windowsOfQueue = new Map<string, Window[]>(config.queues.map(({ id }) => [id, []]));
  for (const window of config.windows) {
    if (window.role === 'back') continue;
    for (const queue of window.queues) windowsOfQueue.get(queue)?.push(window);
  }
  const index: HallIndex = {
    floors: byId(config.floors),
    zones: byId(config.zones),
    queues: byId(config.queues),
    services: byId(config.services),
    windows: byId(config.windows),
    devices: byId(config.devices),
    screens: byId(config.screens),
    staff: byId(config.staff),
    windowsOfQueue,
  };
  indexes.set(config, index);
  return index;
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [item.id, item]));
}

/** What the file leaves to be derived: labels, screens' names and orientation, departments' English. */
function complete(file: HallFile) {
  const departments = new Map(file.departments.map(({ name }) => [name.zh, name]));
  const named = <T extends { department?: Name | undefined }>(part: T): T => {
    const full = part.department && departments.get(part.department.zh);
    return full === undefined ? part : { ...part, department: { ...full, ...part.department } };
  };
  return {
    ...file,
    services: file.services.map(named),
    staff: typeof file.staff === 'string' ? [] : file.staff.map(named),
    http: typeof file.staff === 'string' ? { ...file.http, staff: file.staff } : file.http,
    windows: file.windows.map((window) => ({ ...named(window), label: window.label ?? window.id })),
    screens: file.screens.map((screen) => ({
      ...screen,
      name: screen.name ?? { zh: screen.id },
      orientation:
        screen.resolution.width >= screen.resolution.height
          ? ('landscape' as const)
          : ('portrait' as const),
    })),
  };
}
