// The score of the estimated wait on one day: the day's entries are folded once more, and at each issue the estimate of that moment
// is asked. A day that is over is remembered. SPEC §29.
import type { HallConfig } from '../../hall/config.ts';
import { effectiveHall } from '../../hall/effective-hall.ts';
import { waitMs } from '../../hall/figure.ts';
import { own } from '../../hall/own.ts';
import { startHall } from '../../hall/reduce.ts';
import { scoreOf, tellWait, type Told, type ToldWait } from '../../hall/score.ts';
import type { Hall, Ticket } from '../../hall/state.ts';
import { get, values } from '../../hall/table.ts';
import { cutting } from '../../hall/view/cut.ts';
import { dayBounds, zoneOffset } from '../../hall/zone-time.ts';
import { foldEntry } from '../fold.ts';
import type { Entry } from '../journal/entry.ts';
import type { ScoreQuestion, ScoreRow } from './questions.ts';

/** Of a journal, by number. */
export interface ScoreSource {
  /** entries after that number, in order */
  readonly read: (after: number, limit: number) => readonly Entry[];
  /** the number of the first entry that was received from then on (ms since 1970) */
  readonly firstFrom: (at: number) => number;
}

/** A day that is not over is remembered for so long. */
const TODAY_MS = 20_000;
/** An issue that arrived later than that told nobody anything: the gateway had not heard of the number. */
const HEARD_MS = 60_000;
const BATCH = 2_000;
const HOUR_MS = 3_600_000;
/** Days that are over, the latest asked for. */
const REMEMBERED_MAX = 40;

export class Scores {
  readonly #config: HallConfig;
  readonly #source: ScoreSource;
  readonly #days = new Map<string, { waits: readonly ToldWait[]; until: number }>();

  constructor(config: HallConfig, source: ScoreSource) {
    // Tallies belong to the object of a hall file: those of a day that is folded again are its own.
    this.#config = { ...config };
    this.#source = source;
  }

  /** @param date business day "2026-11-18"; @param now ms since 1970 */
  of(date: string, now: number): readonly ToldWait[] {
    const [start, end] = dayBounds(this.#config.hall.timezone, date);
    const known = this.#days.get(date);
    if (known !== undefined && now < known.until) return known.waits;
    const waits = this.#replay(start, Math.min(end, now));
    this.#days.delete(date);
    this.#days.set(date, { waits, until: now < end ? now + TODAY_MS : Infinity });
    const [oldest] = this.#days.keys();
    if (this.#days.size > REMEMBERED_MAX && oldest !== undefined) this.#days.delete(oldest);
    return waits;
  }

  forget(): void {
    this.#days.clear();
  }

  #replay(start: number, end: number): readonly ToldWait[] {
    const config = this.#config;
    let hall = startHall(config, start);
    const told = new Map<number, Told & { readonly last?: number }>();
    const lastBegun = new Map<string, number>();
    let after = this.#source.firstFrom(start) - 1;
    for (;;) {
      const entries = this.#source.read(after, BATCH);
      for (const entry of entries) {
        if (entry.receivedAt >= end) return waitsOf(hall, told);
        const queue = issuedInto(entry);
        if (queue !== undefined) {
          const cut = cutting(hall, effectiveHall(config, hall).config, entry.receivedAt);
          const last = lastBegun.get(queue);
          told.set(entry.seq, { ...tellWait(cut, queue), ...(last !== undefined && { last }) });
        }
        hall = foldEntry(hall, entry, config, () => {}).after;
        noteBegun(hall, entry, lastBegun);
      }
      const newest = entries.at(-1);
      if (newest === undefined) return waitsOf(hall, told);
      after = newest.seq;
    }
  }
}

/** The queue of a number that somebody takes now; appointments whose time has not come wait for that. */
function issuedInto({ stream, signal, at, receivedAt }: Entry): string | undefined {
  if (stream !== 'ticket' || receivedAt - at > HEARD_MS) return undefined;
  const { type, queue, appointment_at: due } = signal as Readonly<Record<string, unknown>>;
  const isNow = typeof due !== 'number' || due <= receivedAt;
  return type === 'issued' && typeof queue === 'string' && isNow ? queue : undefined;
}

/** A service that begins: the wait of that visitor is what "the last one waited" means from now on. */
function noteBegun(
  { windows, tickets, day }: Hall,
  { stream, signal }: Entry,
  begun: Map<string, number>,
): void {
  const { type, window } = signal as Readonly<Record<string, unknown>>;
  if (stream !== 'ticket' || type !== 'serving' || typeof window !== 'string') return;
  const key = own(windows, window)?.visit;
  const ticket = key === undefined ? undefined : get(tickets, key);
  const wait = ticket && waitMs(ticket, day.open);
  if (ticket?.queue !== undefined && wait !== undefined) begun.set(ticket.queue, wait);
}

/** Of ordinary visitors who were served, and whose issue was told. */
function waitsOf(
  hall: Hall,
  told: ReadonlyMap<number, Told & { readonly last?: number }>,
): readonly ToldWait[] {
  return [...values(hall.tickets)].flatMap((ticket: Ticket): ToldWait[] => {
    const said = told.get(ticket.visit);
    const wait = ticket.class === 'normal' ? waitMs(ticket, hall.day.open) : undefined;
    const { queue, issuedAt: at } = ticket;
    if (said === undefined || wait === undefined || queue === undefined || at === undefined)
      return [];
    return [{ ...said, queue, at, wait }];
  });
}

/** The score of these days together: of the hall, or a row for each queue or hour with a visit. */
export function answerScore(
  { dates, by }: ScoreQuestion,
  scores: Scores,
  timezone: string,
  now: number,
): readonly ScoreRow[] {
  const waits = dates.flatMap((date) => scores.of(date, now));
  if (by === undefined) return [scoreOf(waits)];
  if (by === 'queue') {
    const groups = Map.groupBy(waits, ({ queue }) => queue);
    return [...groups].map(([queue, group]) => ({ queue, ...scoreOf(group) }));
  }
  const hourOf = ({ at }: ToldWait) => Math.floor(((at + zoneOffset(timezone, at)) / HOUR_MS) % 24);
  const groups = [...Map.groupBy(waits, hourOf)].sort(([a], [b]) => a - b);
  return groups.map(([hour, group]) => ({ hour, ...scoreOf(group) }));
}
