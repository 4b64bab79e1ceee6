// Which screens have painted which call, and after how long: told by the pages themselves, from their render loop.
import type { Call, Hall } from '../../hall/state.ts';

export interface Sighting {
  readonly view: string;
  /** device's `at` → painted, ms of the gateway's time */
  readonly afterMs: number;
}

export interface SeenCall extends Call {
  readonly seen: readonly Sighting[];
}

export interface Sightings {
  /**
   * Notes that `view` painted a call at `at` (gateway's time, ms).
   * @returns ms from the call to the screen, once per call and view; nothing where it is known or cannot be
   */
  note(view: string, callId: string, at: number): number | undefined;
  /** The latest calls, newest first. */
  list(limit: number): readonly SeenCall[];
}

const CALLS_MAX = 2_000;
const VIEWS_MAX = 200;
/** A page's clock follows the gateway's to a few ms; a device's may run ahead. */
const EARLIEST_MS = -2_000;
const LATEST_MS = 10 * 60_000;

/** @param onSeen called for each new sighting, with the time of the paint (ms since 1970) */
export function createSightings(
  hall: () => Hall,
  onSeen: (call: Call, sighting: Sighting, at: number) => void = () => {},
): Sightings {
  const known = new Map<string, { call: Call; seen: Map<string, number> }>();
  const find = (id: string) => {
    const entry = known.get(id);
    if (entry !== undefined) return entry;
    const call = hall().calls.findLast((each) => each.id === id);
    if (call === undefined) return undefined;
    const added = { call, seen: new Map<string, number>() };
    known.set(id, added);
    if (known.size > CALLS_MAX) known.delete(known.keys().next().value ?? '');
    return added;
  };
  return {
    note(view, callId, at) {
      const entry = find(callId);
      if (entry === undefined || entry.seen.has(view) || entry.seen.size >= VIEWS_MAX)
        return undefined;
      const afterMs = Math.round(at - entry.call.at);
      if (afterMs < EARLIEST_MS || afterMs > LATEST_MS) return undefined;
      entry.seen.set(view, afterMs);
      onSeen(entry.call, { view, afterMs }, at);
      return afterMs;
    },
    list(limit) {
      const calls = new Map([...known].map(([id, { call }]) => [id, call]));
      for (const call of hall().calls) calls.set(call.id, call);
      return [...calls.values()]
        .sort((a, b) => b.at - a.at)
        .slice(0, limit)
        .map((call) => {
          const seen = [...(known.get(call.id)?.seen ?? [])];
          return { ...call, seen: seen.map(([view, afterMs]) => ({ view, afterMs })) };
        });
    },
  };
}
