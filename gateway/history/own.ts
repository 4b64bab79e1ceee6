// What a record itself has under a name that somebody outside may have chosen: `constructor` is in every object.

export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Whether it has all of these values. */
export function hasAll<T>(
  record: Readonly<Record<string, T>>,
  wanted: Readonly<Record<string, T>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => own(record, name) === value);
}
