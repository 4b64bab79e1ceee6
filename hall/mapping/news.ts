// Whether a retained message without a time of its own says something that the hall does not know yet. Brokers tell such
// messages again at every subscription: taken at their word each time, old states would become new events.
import type { Signal } from '../signal.ts';
import type { Hall } from '../state.ts';
import { get } from '../table.ts';

/** True for a state that differs from the hall's; false for everything that happens rather than lasts. */
export function isNewState(hall: Hall, { device, stream, signal }: Signal): boolean {
  switch (stream) {
    case 'device':
      return get(hall.devices, device)?.state !== signal.state;
    case 'window':
      return hall.windows[signal.window]?.state !== signal.state;
    case 'occupancy':
      return signal.type === 'count' && hall.occupancy[signal.zone]?.present !== signal.present;
    default:
      return false;
  }
}
