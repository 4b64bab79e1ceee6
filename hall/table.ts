// A large keyed collection as plain JSON: records in records by two digits of a hash, so that an immutable update copies
// a few dozen keys instead of thousands, and a comparison skips what did not change.

/** `{digit: {digit: {key: value}}}`; a key's place is a function of the key alone. */
export type Table<T> = Readonly<Record<string, Group<T>>>;
type Group<T> = Readonly<Record<string, Bucket<T>>>;
type Bucket<T> = Readonly<Record<string, T>>;

const NOTHING: Readonly<Record<string, never>> = Object.freeze({});
export const EMPTY: Table<never> = NOTHING;

// Measured with 4,000 keys: 24 × 24 takes 3.6 µs an update, 64 × 1 takes 16.8 µs.
const BASE = 24;
const DIGITS: readonly string[] = Array.from({ length: BASE }, (_, digit) => `b${digit}`);
/** Every digit in one order: objects of one shape are copied two to four times as fast as those that grew by chance. */
const BLANK = Object.freeze(Object.fromEntries(DIGITS.map((digit) => [digit, NOTHING])));

function hash(key: string): number {
  let sum = 0;
  for (let index = 0; index < key.length; index++) {
    sum = (Math.imul(sum, 31) + key.charCodeAt(index)) | 0;
  }
  return sum >>> 0;
}

const groupOf = (sum: number): string => DIGITS[sum % BASE] ?? '';
const bucketOf = (sum: number): string => DIGITS[Math.trunc(sum / BASE) % BASE] ?? '';

export function get<T>(table: Table<T>, key: string): T | undefined {
  const sum = hash(key);
  const bucket = table[groupOf(sum)]?.[bucketOf(sum)];
  return bucket && Object.hasOwn(bucket, key) ? bucket[key] : undefined;
}

export function set<T>(table: Table<T>, key: string, value: T): Table<T> {
  const sum = hash(key);
  const first = groupOf(sum);
  const second = bucketOf(sum);
  const group = table[first];
  const bucket = group?.[second];
  if (bucket && Object.hasOwn(bucket, key) && bucket[key] === value) return table;
  const nextGroup: Record<string, Bucket<T>> = shaped(group ?? NOTHING);
  nextGroup[second] = { ...bucket, [key]: value };
  const next: Record<string, Group<T>> = shaped(table);
  next[first] = nextGroup;
  return next;
}

/** A copy with every digit. */
function shaped<T>(level: Readonly<Record<string, T>>): Record<string, T | typeof NOTHING> {
  return Object.hasOwn(level, 'b0') ? { ...level } : { ...BLANK, ...level };
}

export function* entries<T>(table: Table<T>): Generator<[string, T]> {
  for (const group of Object.values(table)) {
    for (const bucket of Object.values(group)) yield* Object.entries(bucket);
  }
}

export function* values<T>(table: Table<T>): Generator<T> {
  for (const [, value] of entries(table)) yield value;
}

export function size(table: Table<unknown>): number {
  let total = 0;
  for (const group of Object.values(table)) {
    for (const bucket of Object.values(group)) total += Object.keys(bucket).length;
  }
  return total;
}

/** The table with every value replaced; those for which `change` gives undefined are left out. */
export function map<T, U>(table: Table<T>, change: (value: T) => U | undefined): Table<U> {
  let result: Table<U> = EMPTY;
  for (const [key, value] of entries(table)) {
    const changed = change(value);
    if (changed !== undefined) result = set(result, key, changed);
  }
  return result;
}

/** Visits every key whose value is another reference; costs what has changed, not what is there. */
export function compare<T>(
  before: Table<T>,
  after: Table<T>,
  visit: (was: T | undefined, is: T | undefined) => void,
): void {
  for (const [groupBefore, groupAfter] of pairs(before, after)) {
    for (const [bucketBefore, bucketAfter] of pairs(groupBefore ?? {}, groupAfter ?? {})) {
      for (const [was, is] of pairs(bucketBefore ?? {}, bucketAfter ?? {})) visit(was, is);
    }
  }
}

function* pairs<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Generator<[T | undefined, T | undefined]> {
  for (const key of Object.keys(after)) {
    const was = Object.hasOwn(before, key) ? before[key] : undefined;
    if (was !== after[key]) yield [was, after[key]];
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) yield [before[key], undefined];
  }
}
