// The journal's file of the past, written before a gateway has it open.
import { Store } from '../../gateway/journal/store.ts';

/** Opens or makes the file; no dead letter comes into it. */
export function openPast(file: string, hall: string): Store {
  return new Store(file, hall, { deadLetterMax: 1, deadLetterBytesMax: 1 });
}
