// A large keyed collection as plain JSON: a tree by digits of each key's hash, so that an immutable update copies a few
// short nodes instead of thousands of keys, and a comparison skips what did not change. Keys come from outside: those of
// equal hash are told apart by their characters, so that no choice of keys makes a node long.

/** A node with few keys is a record of its values; one with more is an array of nodes, by the next digit of the keys. */
export type Table<T> = Leaf<T> | Branch<T>;
type Leaf<T> = Readonly<Record<string, T>>;
type Branch<T> = readonly Table<T>[];

export const EMPTY: Table<never> = Object.freeze({});

/** Measured with 4,000 and 20,000 keys: fewer make many nodes, more make an update copy long records. */
const LEAF_KEYS = 24;
/** How many nodes a branch has by depth, and what its digit of the hash is divided by before. */
const HASH_DIGITS = [24, 24, 4, 4, 4, 4].map((base, depth, bases) => ({
  base,
  divisor: bases.slice(0, depth).reduce((product, each) => product * each, 1),
}));
/** Four digits of each character, and 0 for the key's end. */
const CHARACTER_BASE = 17;
const CHARACTER_DIGITS = 4;

function hash(key: string): number {
  let sum = 0;
  for (let index = 0; index < key.length; index++) {
    sum = (Math.imul(sum, 31) + key.charCodeAt(index)) | 0;
  }
  return sum >>> 0;
}

/** The digits of a key are those of its hash, then those of its characters, so that any two keys differ in one. */
function digit(key: string, sum: number, depth: number): number {
  const ofHash = HASH_DIGITS[depth];
  if (ofHash !== undefined) return Math.trunc(sum / ofHash.divisor) % ofHash.base;
  const place = depth - HASH_DIGITS.length;
  const index = Math.trunc(place / CHARACTER_DIGITS);
  if (index >= key.length) return 0;
  return 1 + ((key.charCodeAt(index) >> (4 * (place % CHARACTER_DIGITS))) & 15);
}

/** `Array.isArray` narrows no readonly array. */
function isBranch<T>(node: Table<T>): node is Branch<T> {
  return Array.isArray(node);
}

export function get<T>(table: Table<T>, key: string): T | undefined {
  let node = table;
  if (isBranch(node)) {
    const sum = hash(key);
    for (let depth = 0; isBranch(node); depth++) node = node[digit(key, sum, depth)] ?? EMPTY;
  }
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

export function set<T>(table: Table<T>, key: string, value: T): Table<T> {
  return setIn(table, key, hash(key), 0, value);
}

function setIn<T>(node: Table<T>, key: string, sum: number, depth: number, value: T): Table<T> {
  if (isBranch(node)) {
    const place = digit(key, sum, depth);
    const was = node[place] ?? EMPTY;
    const is = setIn(was, key, sum, depth + 1, value);
    return was === is ? node : node.with(place, is);
  }
  if (Object.hasOwn(node, key)) return node[key] === value ? node : { ...node, [key]: value };
  if (Object.keys(node).length < LEAF_KEYS) return { ...node, [key]: value };
  return split({ ...node, [key]: value }, depth);
}

/** A record that has become too long, as a branch. */
function split<T>(leaf: Leaf<T>, depth: number): Table<T> {
  const length = HASH_DIGITS[depth]?.base ?? CHARACTER_BASE;
  let branch: Table<T> = Array.from({ length }, () => EMPTY);
  for (const [key, value] of Object.entries(leaf)) {
    branch = setIn(branch, key, hash(key), depth, value);
  }
  return branch;
}

/** The table without that key. */
export function remove<T>(table: Table<T>, key: string): Table<T> {
  return removeIn(table, key, hash(key), 0);
}

function removeIn<T>(node: Table<T>, key: string, sum: number, depth: number): Table<T> {
  if (isBranch(node)) {
    const place = digit(key, sum, depth);
    const was = node[place] ?? EMPTY;
    const is = removeIn(was, key, sum, depth + 1);
    return was === is ? node : joined(node.with(place, is));
  }
  if (!Object.hasOwn(node, key)) return node;
  const { [key]: _removed, ...rest } = node;
  return rest;
}

/** A branch that has become short enough for it, as a record: a table's shape depends on its keys alone. */
function joined<T>(branch: Branch<T>): Table<T> {
  let keys = 0;
  for (const node of branch) {
    // A branch below has more than a record may have.
    if (isBranch(node)) return branch;
    keys += Object.keys(node).length;
    if (keys > LEAF_KEYS) return branch;
  }
  return Object.fromEntries(entries(branch));
}

export function* entries<T>(table: Table<T>): Generator<[string, T]> {
  // A stack: generators inside of generators would hand each entry up through every one of them.
  const rest: Table<T>[] = [table];
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    if (isBranch(node)) rest.push(...node.toReversed());
    else yield* Object.entries(node);
  }
}

export function* values<T>(table: Table<T>): Generator<T> {
  for (const [, value] of entries(table)) yield value;
}

export function size(table: Table<unknown>): number {
  if (!isBranch(table)) return Object.keys(table).length;
  let total = 0;
  for (const node of table) total += size(node);
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
  if (before === after) return;
  if (isBranch(before) && isBranch(after)) {
    for (let place = 0; place < before.length; place++) {
      compare(before[place] ?? EMPTY, after[place] ?? EMPTY, visit);
    }
    return;
  }
  // One of them is a record: what they have in common is short.
  const was = new Map(entries(before));
  for (const [key, is] of entries(after)) {
    if (was.get(key) !== is) visit(was.get(key), is);
    was.delete(key);
  }
  for (const value of was.values()) visit(value, undefined);
}
