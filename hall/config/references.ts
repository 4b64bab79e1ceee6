// What the hall file's parts say of each other: ids used once, references that lead somewhere.
// Works on the file as it was read, so that these mistakes show beside those of the shape.
import { checkDates } from './dates.ts';
import { checkUnique, entries, isEntry, isText, type Entry } from './raw.ts';
import { checkSourceNames, type SourceRules } from './source-names.ts';
import { nearest } from './values.ts';
import { mistake, type Path, type Problems } from './problems.ts';
import type { Both } from '../language.ts';

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
  entries(file['duty']).forEach(({ staff }, index) => {
    checkReference(staff, ['duty', index, 'staff'], 'staff', known, problems);
  });
  entries(file['windows']).forEach(({ posts }, index) => {
    for (const [post, staff] of isEntry(posts) ? Object.entries(posts) : []) {
      checkReference(staff, ['windows', index, 'posts', post], 'staff', known, problems);
    }
  });
  // Two queues with one prefix would give two people the same number.
  const prefixes = entries(file['queues']).map(({ prefix }) => prefix);
  checkUnique(prefixes, ['queues'], 'prefix', problems);
  checkLabels(entries(file['windows']), problems);
  checkScreens(entries(file['screens']), problems);
  checkVia(entries(file['devices']), problems);
  checkSameAs(entries(file['devices']), problems);
  checkDepartments(file, problems);
  checkNeighbours(file, problems);
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
    problems.add(path, mistake(value, idOf(target, value, ids)));
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
      problems.add(['windows', index, isText(label) ? 'label' : 'id'], {
        zh: `填的是 "${shown}"，与同在区域 ${zone} 的 windows[${first}] 重复`,
        en: `is "${shown}" again in zone ${zone}, should differ from windows[${first}]`,
      });
    }
  });
}

function checkScreens(screens: Entry[], problems: Problems): void {
  screens.forEach(({ layout, window, resolution, orientation }, index) => {
    if (layout === 'window' && window === undefined) {
      problems.add(['screens', index], {
        zh: '缺少 window，应填写这块窗口屏所属的窗口',
        en: 'window is missing, should name the window that it signs',
      });
    }
    const [, width, height] = /^(\d+)x(\d+)$/.exec(String(resolution)) ?? [];
    if (width === undefined || orientation === undefined) return;
    const natural = Number(width) >= Number(height) ? 'landscape' : 'portrait';
    if (orientation === natural) return;
    const size = `${width}x${height}`;
    const should = { zh: `${natural}（分辨率是 ${size}）`, en: `${natural}, as ${size} is` };
    problems.add(['screens', index, 'orientation'], mistake(orientation, should));
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
    problems.add(['devices', index, 'via'], {
      zh: `填的是 "${device['via']}"，不能绕回设备自己`,
      en: `is "${device['via']}", should not lead back to the device itself`,
    });
  });
}

/** A second name leads to the device itself, in one step. */
function checkSameAs(devices: Entry[], problems: Problems): void {
  const meant = new Map(devices.map((device) => [device['id'], device['same_as']]));
  devices.forEach(({ id, same_as }, index) => {
    const path = ['devices', index, 'same_as'];
    if (!isText(same_as)) return;
    if (same_as === id) {
      const should = { zh: '另一台设备，不能是它自己', en: 'another device than itself' };
      problems.add(path, mistake(same_as, should));
    } else if (isText(meant.get(same_as))) {
      const end = String(meant.get(same_as));
      problems.add(path, {
        zh: `填的是 "${same_as}"，它本身又是 "${end}" 的别名，应为 "${end}"`,
        en: `is "${same_as}", which is itself another name of "${end}", should be "${end}"`,
      });
    }
  });
}

/** Each of the other halls once. */
function checkNeighbours(file: Entry, problems: Problems): void {
  const own = isEntry(file['hall']) ? file['hall']['id'] : undefined;
  const ids = entries(file['neighbours']).map(({ id }) => id);
  checkUnique(ids, ['neighbours'], 'id', problems);
  ids.forEach((id, index) => {
    if (!isText(id) || id !== own) return;
    const should = { zh: '另一个大厅，不能是本大厅自己', en: 'another hall than this one' };
    problems.add(['neighbours', index, 'id'], mistake(id, should));
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
      const hint = suggest(department, known);
      const should = {
        zh: `departments 中的部门${hint.zh}`,
        en: `one of the departments${hint.en}`,
      };
      problems.add([list, index, 'department'], mistake(department, should));
    });
  }
}

function chinese(name: unknown): unknown {
  return isEntry(name) ? name['zh'] : name;
}

const LIST_NAMES: Readonly<Record<string, string>> = {
  floors: '楼层',
  zones: '区域',
  queues: '队列',
  services: '事项',
  windows: '窗口',
  devices: '设备',
  screens: '屏幕',
  staff: '工作人员',
};

/** What a reference should be. @param list of the hall file */
export function idOf(list: string, given: string, ids: readonly string[]): Both {
  const hint = suggest(given, ids);
  const zh = `${list} 中已有的${LIST_NAMES[list] ?? ''} id${hint.zh}`;
  return { zh, en: `the id of one of the ${list}${hint.en}` };
}

/** ` (a, b, …)`, or the one that was probably meant. */
export function suggest(given: string, known: readonly string[]): Both {
  if (known.length === 0) return { zh: '（目前没有）', en: ' (there are none)' };
  const near = nearest(given, known);
  if (near !== undefined) return { zh: `，是不是 ${near}？`, en: `: ${near}?` };
  const more = known.length > 6;
  const first = known.slice(0, 6);
  return {
    zh: `（${first.join('、')}${more ? ' 等' : ''}）`,
    en: ` (${first.join(', ')}${more ? ', …' : ''})`,
  };
}
