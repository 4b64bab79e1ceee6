// What every part of the demo day's story shares: its times, its devices, and how a signal is told.
import { openIntervals } from '../../hall/calendar.ts';
import type { Interval } from '../../hall/interval.ts';
import { dayBounds } from '../../hall/zone-time.ts';
import { indexHall, type HallConfig, type HallIndex } from '../../hall/config.ts';
import { NO_MARKS } from '../../hall/marks.ts';
import type { Received } from '../../hall/reduce.ts';
import type { SignalOf } from '../../hall/signal.ts';
import type { Stream } from '../../hall/topic.ts';
import { seededRandom, type Random } from './random.ts';

/** A signal that some device sends at `at` (which is also its own `at`). */
export type DemoEvent = {
  [S in Stream]: {
    readonly device: string;
    readonly stream: S;
    readonly at: number;
    readonly signal: SignalOf<S> & { readonly at: number };
  };
}[Stream];

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
/** A signal before the day is in order and its ids are given. */
export type Draft = {
  [S in Stream]: {
    device: string;
    stream: S;
    signal: WithoutId<SignalOf<S>> & { readonly at: number };
  };
}[Stream];

/** One day of one hall, while it is being told. */
export interface Story {
  readonly config: HallConfig;
  readonly index: HallIndex;
  readonly date: string;
  readonly seed: string;
  /** Local midnight, ms. */
  readonly start: number;
  readonly end: number;
  readonly openings: readonly Interval[];
  readonly random: Random;
  readonly drafts: Draft[];
  /** The device of `kind` that stands at a window or in a zone; an invented id where there is none. */
  deviceAt(kind: string, place: { window?: string; zone?: string }): string;
}

export function beginStory(config: HallConfig, date: string, seed: string): Story {
  const [start, end] = dayBounds(config.hall.timezone, date);
  const places = new Map<string, string>();
  for (const { id, kind, window, zone } of config.devices) {
    const place = window ?? zone ?? '';
    if (!places.has(`${kind} ${place}`)) places.set(`${kind} ${place}`, id);
  }
  return {
    config,
    index: indexHall(config),
    date,
    seed,
    start,
    end,
    openings: openIntervals(config, date),
    random: seededRandom(`${config.hall.id} ${date} ${seed}`),
    drafts: [],
    deviceAt: (kind, { window, zone }) => {
      const place = window ?? zone ?? '';
      return places.get(`${kind} ${place}`) ?? `${kind}-${place === '' ? '1' : place}`;
    },
  };
}

/**
 * The story's events in order, each with an id that is the same whenever this day is told again.
 * The zone's offset is part of it: the demo's zone changes with the hour at which it is started.
 */
export function endStory(story: Story): DemoEvent[] {
  const { drafts, date, seed, start, end } = story;
  const offset = Math.round((Date.parse(`${date}T00:00:00Z`) - start) / 60_000);
  const zone = `${offset < 0 ? 'm' : 'p'}${Math.abs(offset)}`;
  const day = `d${date.replaceAll('-', '')}${zone}${seed === '' ? '' : `.${seed}`}`;
  const within = drafts.filter(({ signal }) => signal.at >= start && signal.at < end);
  within.sort((a, b) => a.signal.at - b.signal.at);
  return within.map((draft, index) => {
    const id = `${day}-${String(index).padStart(6, '0')}`;
    // A draft is its event but for the id; TypeScript cannot follow that through the union of streams.
    return {
      at: draft.signal.at,
      device: draft.device,
      stream: draft.stream,
      signal: { ...draft.signal, id },
    } as DemoEvent;
  });
}

/** The event as a gateway journals it that hears it at once. */
export function asReceived(event: DemoEvent, seq: number): Received {
  // A demo event is a signal with its time; TypeScript cannot follow that through the union of streams.
  return { ...event, marks: NO_MARKS, receivedAt: event.at, seq } as unknown as Received;
}
