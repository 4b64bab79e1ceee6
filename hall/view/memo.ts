// Memos: values that are made anew only where an argument is another, so that a cut after one event costs one event.
// A memo is declared at module level from a pure function of its arguments: it closes over no cut, and so cannot use an
// input that it was not given. The result of a cut never depends on memos, only the identity of its parts does.
import type { HallConfig } from '../config.ts';
import { belonging } from '../fact.ts';
import { Ledger, Tally } from '../figure.ts';

/** What was made last, and of which arguments. */
interface Entry<T> {
  args: readonly unknown[];
  /** those of the arguments that change in place, and the sum of their versions, which only grow */
  tallies: readonly Tally[];
  version: number;
  value: T;
}

/** How many memos were declared: each has its own entries in every memory. */
let memos = 0;

/** Everything that the cuts of one hall file remember. */
export class Memory {
  readonly ledger: Ledger;
  readonly #entries: Map<string, Entry<unknown>>[] = [];
  readonly #keysMax: number;

  constructor(config: HallConfig) {
    const { limits, windows, queues, zones, screens } = config;
    this.ledger = new Ledger((ticket) => belonging(ticket, config).department);
    const listed = windows.length + queues.length + zones.length + screens.length;
    this.#keysMax = 2 * (limits.devices_max + listed);
  }

  entry(memo: number, key: string): Entry<unknown> | undefined {
    return this.#entries[memo]?.get(key);
  }

  /** Devices may come under any name: a memo with too many keys begins again. */
  keep(memo: number, key: string, entry: Entry<unknown>): void {
    const entries = (this.#entries[memo] ??= new Map());
    if (entries.size >= this.#keysMax) entries.clear();
    entries.set(key, entry);
  }
}

/**
 * A memo of a cut: the value of `key`, made anew where an argument is another (`Object.is`; a tally: where it changed).
 * A new value that says the same as the one before is dropped for that one, so that what is made of it stays as well.
 * @param make pure; its arguments never change in place, tallies excepted
 * @returns keys are ids: of the hall file, or of devices
 */
export function memo<Args extends readonly unknown[], T>(make: (...args: Args) => T) {
  return recalled(make, isEqual);
}

function recalled<Args extends readonly unknown[], T>(
  make: (...args: Args) => T,
  isSame: (before: T, value: T) => boolean,
) {
  const number = memos++;
  return (memory: Memory, key: string, ...args: Args): T => {
    // All entries of a memo are of its type.
    const entry = memory.entry(number, key) as Entry<T> | undefined;
    if (entry) return renewed(entry, args, make, isSame);
    const added = entryOf(args, make(...args));
    memory.keep(number, key, added);
    return added.value;
  };
}

/** A memo whose values live as long as their first argument, such as a ticket, a call, or a part of the hall file. */
export function weakMemo<Of extends object, Args extends readonly unknown[], T>(
  make: (of: Of, ...args: Args) => T,
) {
  const entries = new WeakMap<Of, Entry<T>>();
  return (...args: [of: Of, ...Args]): T => {
    const entry = entries.get(args[0]);
    if (entry) return renewed(entry, args, make, isEqual);
    const added = entryOf(args, make(...args));
    entries.set(args[0], added);
    return added.value;
  };
}

export const memoryOf = weakMemo((config: HallConfig) => new Memory(config));

/** A memo of records of rows by id: the record before where ids and rows are the same. */
export function table<Row>() {
  // Other ids or rows are another record: there is nothing to compare.
  const record = recalled((...parts: readonly unknown[]) => toRecord<Row>(parts), Object.is);
  return (memory: Memory, key: string, ids: readonly string[], rows: readonly Row[]) =>
    record(memory, key, ...ids, ...rows);
}

/** @param parts as many ids, then as many rows */
function toRecord<Row>(parts: readonly unknown[]): Readonly<Record<string, Row>> {
  const record: Record<string, Row> = {};
  const size = parts.length / 2;
  for (let index = 0; index < size; index++) {
    put(record, parts[index] as string, parts[index + size] as Row);
  }
  return record;
}

function entryOf<T>(args: readonly unknown[], value: T): Entry<T> {
  const tallies = args.filter((arg) => arg instanceof Tally);
  return { args, tallies, version: versionOf(tallies), value };
}

function renewed<Args extends readonly unknown[], T>(
  entry: Entry<T>,
  args: Args,
  make: (...args: Args) => T,
  isSame: (before: T, value: T) => boolean,
): T {
  if (sameItems(entry.args, args) && versionOf(entry.tallies) === entry.version) return entry.value;
  const before = entry.value;
  Object.assign(entry, entryOf(args, make(...args)));
  if (isSame(before, entry.value)) entry.value = before;
  return entry.value;
}

function versionOf(tallies: readonly Tally[]): number {
  let version = 0;
  for (let index = 0; index < tallies.length; index++) version += tallies[index]?.version ?? 0;
  return version;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!Object.is(a[index], b[index])) return false;
  return true;
}

/** Plain JSON that says the same; anything else only where it is the same. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  let keys = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !isEqual(a[key], b[key])) return false;
    keys++;
  }
  for (const _key in b) keys--;
  return keys === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Plain assignment would take the id `__proto__` for the prototype. */
function put<Row>(record: Record<string, Row>, id: string, value: Row): void {
  if (id !== '__proto__') record[id] = value;
  else
    Object.defineProperty(record, id, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}
