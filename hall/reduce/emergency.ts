// Alarms: one of a kind stands at a time, from `activated` until `cleared` has named all its zones. Any doubt shows it: an
// `activated` is never late, a `cleared` ends only what stands. SPEC §4.10, contract *Alarms*.
import { hasMark } from '../marks.ts';
import type { Emergency, Hall } from '../state.ts';
import { bump, isOutdated, present, type EventFrom } from './step.ts';

export function reduceEmergency(hall: Hall, event: EventFrom<'emergency'>): Hall {
  return event.signal.type === 'activated' ? activate(hall, event) : clear(hall, event);
}

function activate(hall: Hall, event: EventFrom<'emergency'>): Hall {
  const { signal, device, marks, journalId } = event;
  const { kind } = signal;
  const standing = hall.emergencies[kind];
  const isDrill = signal.drill === true;
  // A drill says nothing beside a real alarm; a real alarm ends a drill.
  if (standing && !standing.drill && isDrill) return bump(hall, 'irregular');
  const known = standing?.drill && !isDrill ? undefined : standing;
  const inDoubt = hasMark(marks, 'inferred') || known?.doubt === true;
  const emergency: Emergency = {
    id: signal.id,
    entry: journalId ?? signal.id,
    device,
    since: known?.since ?? event.at,
    at: event.at,
    zones: known ? joined(known.zones, signal.zones) : signal.zones,
    ...present({
      message: signal.message ? present(signal.message) : known?.message,
      drill: isDrill ? (true as const) : undefined,
      doubt: inDoubt ? (true as const) : undefined,
    }),
  };
  return { ...hall, emergencies: { ...hall.emergencies, [kind]: emergency } };
}

function clear(hall: Hall, event: EventFrom<'emergency'>): Hall {
  const { signal } = event;
  const { [signal.kind]: known, ...others } = hall.emergencies;
  if (!known) return bump(hall, 'irregular');
  if (isOutdated(hall, event, known.at)) return bump(hall, 'late');
  // The end of a drill does not end a real alarm.
  if (signal.drill === true && !known.drill) return bump(hall, 'irregular');
  const left = signal.zones.includes('*')
    ? []
    : known.zones.filter((zone) => !signal.zones.includes(zone));
  if (left.length === 0) return { ...hall, emergencies: others };
  return { ...hall, emergencies: { ...others, [signal.kind]: { ...known, zones: left } } };
}

function joined(known: readonly string[], more: readonly string[]): readonly string[] {
  const zones = [...new Set([...known, ...more])];
  return zones.includes('*') ? ['*'] : zones;
}
