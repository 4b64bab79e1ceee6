// What the hall file's parts say of each other: ids used once, references that lead somewhere.
// Works on the file as it was read, so that these mistakes show beside those of the shape.
import { checkDates } from './dates.ts';
import { checkUnique, entries, isEntry, isText, type Entry } from './raw.ts';
import { checkSourceNames, type SourceRules } from './source-names.ts';
import { nearest } from './values.ts';
import type { Path, Problems } from './problems.ts';

const LISTS = [
  'floors',
  'zones',
  'queues',
  'services',
  'windows',
  'devices',
  'screens',
  'staff',
] as const;

/** [list, key, list that it refers to] */
const REFERENCES = [
  ['zones', 'floor', 'floors'],
  ['queues', 'zone', 'zones'],
  ['services', 'queue', 'queues'],
  ['windows', 'zone', 'zones'],
  ['windows', 'queues', 'queues'],
  ['devices', 'zone', 'zones'],
  ['devices', 'window', 'windows'],
  ['devices', 'via', 'devices'],
  ['devices', 'same_as', 'devices'],
  ['screens', 'zone', 'zones'],
  ['screens', 'window', 'windows'],
] as const;

/** Reports every duplicate and every dangling reference of `raw`, a hall file as YAML gave it. */
export function checkReferences(raw: unknown, sources: SourceRules, problems: Problems): void {
  const file = isEntry(raw) ? raw : {};
  const known = new Map<string, string[]>();
  for (const list of LISTS) {
    const ids = entries(file[list]).map(({ id }) => id);
    checkUnique(ids, [list], 'id', problems);
    known.set(list, ids.filter(isText));
  }
  for (const [list, key, target] of REFERENCES) {
    entries(file[list]).forEach((entry, index) => {
      checkReference(entry[key], [list, index, key], target, known, problems);
    });
  }
  checkReference(file['emergency_from'], ['emergency_from'], 'devices', known, problems);
  // Two queues with one prefix would give two people the same number.
  const prefixes = entries(file['queues']).map(({ prefix }) => prefix);
  checkUnique(prefixes, ['queues'], 'prefix', problems);
  checkLabels(entries(file['windows']), problems);
  checkScreens(entries(file['screens']), problems);
  checkVia(entries(file['devices']), problems);
  checkSameAs(entries(file['devices']), problems);
  checkDepartments(file, problems);
  checkDates(file, problems);
  checkSourceNames(file, problems);
  sources.check(entries(file['sources']), (list) => known.get(list) ?? [], problems);
}

/** One id or a list of them. */
function checkReference(
  value: unknown,
  path: Path,
  target: string,
  known: ReadonlyMap<string, string[]>,
  problems: Problems,
): void {
  const ids = known.get(target) ?? [];
  if (Array.isArray(value)) {
    value.forEach((each, index) => checkReference(each, [...path, index], target, known, problems));
  } else if (isText(value) && !ids.includes(value)) {
    const message = `is "${value}", should be the id of one of the ${target}${suggest(value, ids)}`;
    problems.add(path, message);
  }
}

/** Two windows of one zone with one number: nobody could find the one that called. */
function checkLabels(windows: Entry[], problems: Problems): void {
  const seen = new Map<string, number>();
  windows.forEach(({ id, label, zone }, index) => {
    const shown = isText(label) ? label.trim() : id;
    if (!isText(shown) || !isText(zone)) return;
    const key = `${zone}\n${shown}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else {
      const message = `is "${shown}" again in zone ${zone}, should differ from windows[${first}]`;
      problems.add(['windows', index, isText(label) ? 'label' : 'id'], message);
    }
  });
}

function checkScreens(screens: Entry[], problems: Problems): void {
  screens.forEach(({ layout, window, resolution, orientation }, index) => {
    if (layout === 'window' && window === undefined) {
      problems.add(['screens', index], 'window is missing, should name the window that it signs');
    }
    const [, width, height] = /^(\d+)x(\d+)$/.exec(String(resolution)) ?? [];
    if (width === undefined || orientation === undefined) return;
    const natural = Number(width) >= Number(height) ? 'landscape' : 'portrait';
    if (orientation === natural) return;
    const message = `is "${String(orientation)}", should be ${natural}, as ${width}x${height} is`;
    problems.add(['screens', index, 'orientation'], message);
  });
}

/** What a device is connected through leads away from it: to itself again it would explain its own loss. */
function checkVia(devices: Entry[], problems: Problems): void {
  const via = new Map(devices.map((device) => [device['id'], device['via']]));
  devices.forEach((device, index) => {
    if (!isText(device['via'])) return;
    const passed = new Set<unknown>();
    for (let at = via.get(device['id']); isText(at) && !passed.has(at); at = via.get(at)) {
      passed.add(at);
    }
    if (!passed.has(device['id'])) return;
    const message = `is "${device['via']}", should not lead back to the device itself`;
    problems.add(['devices', index, 'via'], message);
  });
}

/** A second name leads to the device itself, in one step. */
function checkSameAs(devices: Entry[], problems: Problems): void {
  const meant = new Map(devices.map((device) => [device['id'], device['same_as']]));
  devices.forEach(({ id, same_as }, index) => {
    const path = ['devices', index, 'same_as'];
    if (!isText(same_as)) return;
    if (same_as === id) {
      problems.add(path, `is "${same_as}", should be another device than itself`);
    } else if (isText(meant.get(same_as))) {
      const end = String(meant.get(same_as));
      const message = `is "${same_as}", which is itself another name of "${end}", should be "${end}"`;
      problems.add(path, message);
    }
  });
}

/** Where departments are listed, each one named must be among them: a typing error splits figures. */
function checkDepartments(file: Entry, problems: Problems): void {
  const names = entries(file['departments']).map(({ name }) => chinese(name));
  checkUnique(names, ['departments'], 'name', problems);
  const known = names.filter(isText);
  if (known.length === 0) return;
  for (const list of ['services', 'windows', 'staff']) {
    entries(file[list]).forEach((entry, index) => {
      const department = chinese(entry['department']);
      if (!isText(department) || known.includes(department)) return;
      const message = `is "${department}", should be one of the departments${suggest(department, known)}`;
      problems.add([list, index, 'department'], message);
    });
  }
}

function chinese(name: unknown): unknown {
  return isEntry(name) ? name['zh'] : name;
}

/** ` (a, b, …)`, or the one that was probably meant. */
function suggest(word: string, known: readonly string[]): string {
  if (known.length === 0) return ' (there are none)';
  const near = nearest(word, known);
  if (near !== undefined) return `: ${near}?`;
  return ` (${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''})`;
}
