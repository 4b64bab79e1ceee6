// What a node or device of Sparkplug B declares at its birth, and what its later messages tell by name or alias.
import { about } from '../../hall/language.ts';
import type { DeviceFace, Read, Reading } from '../reader.ts';
import { clockOf, DEPTH_MAX, labelOf, present } from './payload.ts';
import { plainValue, type Metric, type Payload } from './sparkplug-payload.ts';

/** What a birth has declared of a metric. */
export interface Declared {
  /** Its name by folders; with an empty last one where the name is a folder too. */
  readonly path: readonly string[];
  readonly datatype: number;
}

/** An edge node (`group/node`) or a device behind it (`group/node/device`). */
export interface Session {
  readonly node: string;
  alive: boolean;
  face: DeviceFace;
  firmware: string | undefined;
  readonly byName: Map<string, Declared>;
  readonly byAlias: Map<string, Declared>;
  /** That it has metrics which are not read was said once. */
  noted: boolean;
  /** of remembering it, in characters */
  cost: number;
}

const CONTROL = /^(Node|Device) Control\//;

/** One of the hall that was not heard since the start. */
export function unborn(node: string, address: string): Session {
  return {
    node,
    alive: false,
    face: { name: address.slice(address.indexOf('/') + 1) },
    firmware: undefined,
    byName: new Map(),
    byAlias: new Map(),
    noted: false,
    cost: 0,
  };
}

/** @param noted that it has metrics which are not read was said at an earlier birth */
export function sessionOf(
  node: string,
  address: string,
  payload: Payload,
  noted: boolean,
): Session {
  const session: Session = {
    ...unborn(node, address),
    alive: true,
    face: faceOf(address, payload),
    firmware: textMetric(payload, /^Properties\/(FW|Firmware Version|OS Version)$/),
    noted,
  };
  const folders = foldersOf(payload);
  for (const { name, alias, datatype } of payload.metrics) {
    if (!name || name === 'bdSeq') continue;
    const path = pathOf(name, folders.has(name));
    session.cost += 200 + name.length * 3;
    session.byName.set(name, { path, datatype });
    if (alias !== undefined) session.byAlias.set(alias, { path, datatype });
  }
  return session;
}

export interface MetricsRead {
  readonly readings: readonly Reading[];
  /** Names or aliases that no birth has declared. */
  readonly unknown: readonly string[];
}

/**
 * One reading for what was measured together. Stored data of an earlier time, and a metric that comes twice, begin
 * another one.
 */
export function readMetrics(address: string, session: Session, payload: Payload): MetricsRead {
  const readings: Reading[] = [];
  const unknown: string[] = [];
  let properties: Record<string, unknown> = {};
  let newest: number | undefined;
  let stored: number | undefined;
  const finish = () => {
    const at = clockOf(newest ?? payload.timestamp);
    if (Object.keys(properties).length > 0) {
      readings.push(present<Reading>({ address, properties, at }));
    }
    properties = {};
    newest = undefined;
  };
  for (const metric of payload.metrics) {
    if (metric.name === 'bdSeq') continue;
    const declared = declaredOf(session, metric);
    if (!declared) {
      unknown.push(metric.name ?? `alias ${metric.alias ?? 'missing'}`);
      continue;
    }
    const value = metric.isNull
      ? undefined
      : plainValue(metric.value, metric.datatype || declared.datatype);
    if (value === undefined || CONTROL.test(declared.path.join('/'))) continue;
    const at = metric.historical ? metric.timestamp : undefined;
    if (at !== stored || has(properties, declared.path)) finish();
    stored = at;
    place(properties, declared.path, value);
    if (metric.timestamp !== undefined) newest = Math.max(newest ?? 0, metric.timestamp);
  }
  finish();
  return { readings, unknown };
}

function declaredOf(session: Session, { name, alias }: Metric): Declared | undefined {
  if (name) return session.byName.get(name);
  return alias === undefined ? undefined : session.byAlias.get(alias);
}

function has(properties: Record<string, unknown>, path: readonly string[]): boolean {
  let found: unknown = properties;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return false;
    found = (found as Record<string, unknown>)[key];
  }
  return true;
}

/** `People/In` stands at the pointer /People/In. */
function place(properties: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let folder = properties;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(folder, key) ? folder[key] : undefined;
    const inside = typeof next === 'object' && next !== null ? next : {};
    define(folder, key, inside);
    folder = inside as Record<string, unknown>;
  }
  define(folder, path.at(-1) ?? '', value);
}

/** As own property whatever it is called. */
function define(folder: Record<string, unknown>, key: string, value: unknown): void {
  const always = { enumerable: true, configurable: true, writable: true };
  Object.defineProperty(folder, key, { ...always, value });
}

/** A name with more folders than anybody needs is one key. */
function pathOf(name: string, isFolder: boolean): readonly string[] {
  const levels = name.split('/');
  if (levels.length >= DEPTH_MAX) return [name];
  return isFolder ? [...levels, ''] : levels;
}

/** Names that are folders of other names. */
function foldersOf({ metrics }: Payload): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { name = '' } of metrics) {
    if (name.split('/', DEPTH_MAX).length >= DEPTH_MAX) continue;
    for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
      folders.add(name.slice(0, end));
    }
  }
  return folders;
}

export function bdSeqOf({ metrics }: Payload): string | undefined {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value === undefined ? undefined : String(value).slice(0, 40);
}

function textMetric({ metrics }: Payload, pattern: RegExp): string | undefined {
  return labelOf(metrics.find(({ name }) => name !== undefined && pattern.test(name))?.value);
}

function faceOf(address: string, payload: Payload): DeviceFace {
  return present<DeviceFace>({
    name: labelOf(address.slice(address.indexOf('/') + 1)),
    vendor: textMetric(payload, /^Properties\/Hardware Make$/),
    model: textMetric(payload, /^Properties\/Hardware Model$/),
  });
}

/** Once for each device, as a birth comes again and again. */
export function noteSkipped(session: Session, { metrics }: Payload): NonNullable<Read['refused']> {
  const names = metrics.filter(({ skipped }) => skipped).map(({ name }) => name ?? '');
  if (names.length === 0 || session.noted) return [];
  session.noted = true;
  const some = labelOf(names.slice(0, 10).join(', ')) ?? '';
  const detail = about('metrics', {
    zh: `不读取 DataSet、Template 和字节类型：${some}`,
    en: `data sets, templates and bytes are not read: ${some}`,
  });
  return [{ reason: 'type', detail }];
}
