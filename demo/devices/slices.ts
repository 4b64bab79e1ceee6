// Cuts a stretch of the demo day so that its devices may publish at the same time and nothing overtakes its cause.
import type { DemoEvent } from '../day.ts';

/** What may be published together: phases one after the other, the devices of a phase side by side. */
export type Slice = readonly (readonly DemoEvent[])[];

const SLICE_MS = 20 * 60_000;
const DISPENSER = 0;
const CALLER = 1;
const OTHER = 2;

/**
 * Slices of at most 20 minutes. Within one, dispensers come first, then windows, then the rest; a slice ends early
 * where a ticket passes from one device to another in any other order (a transfer, a cancellation after a recall).
 * @param events in order of `at`
 * @param kindOf a device's kind in the hall file
 */
export function cutSlices(
  events: readonly DemoEvent[],
  kindOf: (device: string) => string | undefined,
): Slice[] {
  const slices: DemoEvent[][][] = [];
  let phases: DemoEvent[][] = [];
  let from = -Infinity;
  let holders = new Map<string, { device: string; phase: number }>();
  for (const event of events) {
    const phase = phaseOf(event, kindOf);
    const ticket = event.stream === 'ticket' ? event.signal.ticket : undefined;
    const holder = ticket === undefined ? undefined : holders.get(ticket);
    const overtakes =
      holder !== undefined && holder.device !== event.device && holder.phase >= phase;
    if (overtakes || event.at - from > SLICE_MS) {
      phases = [[], [], []];
      slices.push(phases);
      from = event.at;
      holders = new Map();
    }
    if (ticket !== undefined) holders.set(ticket, { device: event.device, phase });
    phases[phase]?.push(event);
  }
  return slices.map((slice) => slice.filter((phase) => phase.length > 0));
}

function phaseOf({ device, stream }: DemoEvent, kindOf: (device: string) => string | undefined) {
  if (stream !== 'ticket' && stream !== 'window') return OTHER;
  return kindOf(device) === 'dispenser' ? DISPENSER : CALLER;
}
