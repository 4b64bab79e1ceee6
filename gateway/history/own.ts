// Labels that have all of the wanted values.
import { own } from '../../hall/own.ts';

/** Whether it has all of these values. */
export function hasAll<T>(
  record: Readonly<Record<string, T>>,
  wanted: Readonly<Record<string, T>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => own(record, name) === value);
}
