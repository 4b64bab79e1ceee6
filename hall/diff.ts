// Differences of plain JSON as JSON Merge Patch (RFC 7386): what is absent did not change, null removes, arrays are
// replaced whole. Values hold no null themselves, so that apply(a, diff(a, b)) equals b. SPEC §5.

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
export type Patch =
  null | string | number | boolean | readonly Json[] | { readonly [key: string]: Patch };

/**
 * The merge patch that turns `before` into `after`, or undefined where they are equal. Both are null-free JSON; a
 * subtree that is the same reference costs nothing. Where `before` or `after` is not an object, the patch is `after`.
 */
export function diff(before: unknown, after: unknown): Patch | undefined {
  if (before === after) return undefined;
  if (!isRecord(after)) return same(before, after) ? undefined : (after as Patch);
  if (!isRecord(before)) return after as Patch;
  let patch: Record<string, Patch> | undefined;
  const put = (key: string, value: Patch) => {
    patch ??= Object.create(null) as Record<string, Patch>;
    patch[key] = value;
  };
  for (const key of Object.keys(after)) {
    const next = after[key];
    if (next === undefined) continue;
    const previous = Object.hasOwn(before, key) ? before[key] : undefined;
    const change = diff(previous, next);
    if (change !== undefined) put(key, change);
  }
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && (!Object.hasOwn(after, key) || after[key] === undefined)) {
      put(key, null);
    }
  }
  return patch;
}

/** `target` with the merge patch applied. Never mutates; parts that the patch does not touch keep their reference. */
export function apply<T>(target: T, patch: Patch | undefined): T {
  if (patch === undefined) return target;
  return merge(target, patch) as T;
}

function merge(target: unknown, patch: Patch): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const change = patch[key] as Patch;
    if (change === null) delete result[key];
    else define(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, change));
  }
  return result;
}

/** Plain assignment would take the key "__proto__" for the prototype. */
function define(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') record[key] = value;
  else
    Object.defineProperty(record, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (isRecord(a) && isRecord(b)) return diff(a, b) === undefined;
  return false;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
