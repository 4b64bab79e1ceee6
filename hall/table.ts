// A large keyed collection as plain JSON: records in buckets, so that an immutable update copies a few dozen keys
// instead of thousands, and a structural diff skips what did not change.

/** `{bucket: {key: value}}`; a key's bucket is a function of the key alone. */
export type Table<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

export const EMPTY: Table<never> = Object.freeze({});

const BUCKETS = 64;

function bucketOf(key: string): string {
  let hash = 0;
  for (let index = 0; index < key.length; index++) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  }
  return `b${(hash >>> 0) % BUCKETS}`;
}

export function get<T>(table: Table<T>, key: string): T | undefined {
  const bucket = table[bucketOf(key)];
  return bucket && Object.hasOwn(bucket, key) ? bucket[key] : undefined;
}

export function set<T>(table: Table<T>, key: string, value: T): Table<T> {
  const name = bucketOf(key);
  const bucket = table[name];
  if (bucket && Object.hasOwn(bucket, key) && bucket[key] === value) return table;
  return { ...table, [name]: { ...bucket, [key]: value } };
}

export function* values<T>(table: Table<T>): Generator<T> {
  for (const bucket of Object.values(table)) yield* Object.values(bucket);
}

export function* entries<T>(table: Table<T>): Generator<[string, T]> {
  for (const bucket of Object.values(table)) yield* Object.entries(bucket);
}

export function size(table: Table<unknown>): number {
  let total = 0;
  for (const bucket of Object.values(table)) total += Object.keys(bucket).length;
  return total;
}

/** The table of what `keep` says yes to; the same reference where that is everything. */
export function filter<T>(table: Table<T>, keep: (value: T) => boolean): Table<T> {
  const kept: Record<string, Record<string, T>> = {};
  let dropped = false;
  for (const [name, bucket] of Object.entries(table)) {
    const rest = Object.entries(bucket).filter(([, value]) => keep(value));
    if (rest.length < Object.keys(bucket).length) dropped = true;
    if (rest.length > 0) kept[name] = Object.fromEntries(rest);
  }
  return dropped ? kept : table;
}
