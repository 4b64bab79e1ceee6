// A config is handed down frozen: whoever would change it for all others fails at once.
import type { Frozen } from './values.ts';

/** The value itself, frozen to its depth. */
export function freeze<T>(value: T): Frozen<T> & T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value as Frozen<T> & T;
}
