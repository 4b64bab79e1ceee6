// The hall file as YAML gave it, before its shape is known: what its checks look at.
import { repeated, type Path, type Problems } from './problems.ts';

export type Entry = Readonly<Record<string, unknown>>;

/** A list's entries, an empty one for each that is no map, so that indexes stay true. */
export function entries(list: unknown): Entry[] {
  return Array.isArray(list) ? list.map((entry: unknown) => (isEntry(entry) ? entry : {})) : [];
}

export function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Each value of a key once in its list. */
export function checkUnique(values: unknown[], list: Path, key: string, problems: Problems): void {
  const seen = new Map<string, number>();
  values.forEach((value, index) => {
    if (!isText(value)) return;
    const first = seen.get(value);
    if (first === undefined) seen.set(value, index);
    else problems.add([...list, index, key], repeated(value, `${list.join('.')}[${first}]`));
  });
}
