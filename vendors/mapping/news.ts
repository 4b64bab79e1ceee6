// Whether a retained message without a time of its own says something that the hall does not know yet. Brokers tell such
// messages again at every subscription: taken at their word each time, old states would become new events.
import type { Signal } from '../../hall/signal.ts';
import type { Hall } from '../../hall/state.ts';
import { get } from '../../hall/table.ts';

/** What lasts until it is told otherwise: of whom, and what. Nothing for what happens rather than lasts. */
export interface Lasting {
  readonly of: string;
  readonly value: string | number;
  /** what the hall has of it */
  readonly known: (hall: Hall) => string | number | undefined;
}

export function lastingOf({ device, stream, signal }: Signal): Lasting | undefined {
  switch (stream) {
    case 'device':
      return stateOfDevice(device, signal.state);
    case 'window':
      return {
        of: `window ${signal.window}`,
        value: signal.state,
        known: (hall) => hall.windows[signal.window]?.state,
      };
    case 'occupancy':
      return signal.type === 'flow'
        ? undefined
        : {
            of: `zone ${signal.zone}`,
            value: signal.present,
            known: (hall) => hall.occupancy[signal.zone]?.present,
          };
    default:
      return undefined;
  }
}

export function stateOfDevice(device: string, state: string): Lasting {
  return {
    of: `device ${device}`,
    value: state,
    known: (hall) => get(hall.devices, device)?.state,
  };
}

/** How long the hall may take to know what was told: until then the sources' own word counts. */
const UNDERWAY_MS = 10_000;

/** What was told lately, for signals that are not in the hall's state yet. Bounded by what the hall file lists. */
export class Word {
  readonly #told = new Map<string, { readonly value: string | number; readonly at: number }>();

  tell(signal: Signal, receivedAt: number): void {
    const lasting = lastingOf(signal);
    if (lasting) this.#told.set(lasting.of, { value: lasting.value, at: receivedAt });
  }

  /** What was told has not come to the hall: it will be told again. */
  forget(): void {
    this.#told.clear();
  }

  /** True for a state that is neither the hall's nor on its way there; without one, false. */
  isNew(lasting: Lasting | undefined, receivedAt: number, hall: Hall | undefined): boolean {
    if (!lasting) return false;
    const told = this.#told.get(lasting.of);
    if (told && receivedAt - told.at < UNDERWAY_MS) return told.value !== lasting.value;
    return hall === undefined || lasting.known(hall) !== lasting.value;
  }
}
