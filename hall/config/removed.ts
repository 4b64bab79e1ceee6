// What the hall file had at the last start and has no more: people may still wait in a queue that is gone, and devices
// may go on sending to it.
import type { Name } from './values.ts';

export interface RemovedPart {
  readonly id: string;
  readonly name: Name;
}

export interface Removed {
  readonly floors: readonly RemovedPart[];
  readonly zones: readonly RemovedPart[];
  readonly queues: readonly RemovedPart[];
  readonly services: readonly RemovedPart[];
  readonly windows: readonly RemovedPart[];
  readonly devices: readonly RemovedPart[];
  readonly screens: readonly RemovedPart[];
}
