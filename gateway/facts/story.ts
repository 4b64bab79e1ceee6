// The story of a visit, or of a day at one window, with one device or case: the journal's lines in order, and between them
// which screen painted which call, and when.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { canonicalTicket } from '../../hall/signal.ts';
import { values } from '../../hall/table.ts';
import { addDays, instantAt } from '../../hall/zone-time.ts';
import { readText } from '../journal/by.ts';
import { lineOf } from '../journal/line.ts';
import type { Follower } from './follower.ts';
import { FactQuestionError, type StoryQuestion } from './questions.ts';
import type { FactStore, Seen } from './store.ts';

/** What may still be told of a visit that has ended: an evaluation, or a late step. */
const AFTER_MS = 3 * 86_400_000;
const LINES_MAX = 20_000;
/** Others name no number. */
const OF_VISITS: ReadonlySet<string> = new Set(['ticket', 'evaluation', 'command']);

interface Line {
  readonly at: number;
  readonly text: string;
}

interface VisitSpan {
  readonly ticket: string;
  /** its first entry, and that of the next visit under its number */
  readonly first: number;
  readonly next: number;
  readonly from: number;
  readonly to: number;
}

export class Stories {
  readonly #database: DatabaseSync;
  readonly #range: StatementSync;
  readonly #received: StatementSync;

  /** Opens the journal's file for reading. Throws SQLite's error where it cannot. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#range = this.#database.prepare(
      `SELECT seq, device, stream, at, received_at, marks, signal
       FROM entry WHERE seq >= ? AND signal <> '' ORDER BY seq`,
    );
    this.#received = this.#database.prepare(
      `SELECT seq, received_at FROM entry WHERE seq >= ? AND signal <> '' ORDER BY seq LIMIT 1`,
    );
  }

  /** NDJSON; undefined where there is no such visit. Throws FactQuestionError. */
  tell(
    question: StoryQuestion,
    store: FactStore,
    follower: Follower,
  ): Uint8Array<ArrayBuffer> | undefined {
    follower.flush(false);
    if ('of' in question) {
      const { timezone } = follower.config.hall;
      const from = instantAt(timezone, question.date, 0);
      const to = instantAt(timezone, addDays(question.date, 1), 0);
      const { of, id } = question;
      const lines = this.#lines(follower, from, to, (device, signal) =>
        of === 'device' ? device === id : signal[of] === id,
      );
      const seen = of === 'window' ? store.seen(from, to).filter((one) => one.window === id) : [];
      return textOf(lines, seen);
    }
    const visits = spansOf(question, store, follower);
    if (visits.length === 0) return undefined;
    const lines: Line[] = [];
    const seen: Seen[] = [];
    for (const span of visits) {
      const { ticket, first, next, from, to } = span;
      lines.push(
        ...this.#lines(
          follower,
          from,
          to,
          (_device, { ticket: number }, seq) =>
            seq >= first &&
            seq < next &&
            typeof number === 'string' &&
            canonicalTicket(number) === ticket,
          OF_VISITS,
        ),
      );
      seen.push(...store.seen(from, to).filter((one) => one.ticket === ticket));
    }
    return textOf(lines, seen);
  }

  close(): void {
    this.#database.close();
  }

  /** Lines of entries received in [from, to) that are asked for. */
  #lines(
    follower: Follower,
    from: number,
    to: number,
    isAsked: (device: string, signal: Readonly<Record<string, unknown>>, seq: number) => boolean,
    streams?: ReadonlySet<string>,
  ): Line[] {
    const lines: Line[] = [];
    for (const row of this.#range.iterate(this.firstFrom(from, follower.through))) {
      const receivedAt = Number(row['received_at']);
      if (receivedAt >= to) break;
      if (streams !== undefined && !streams.has(String(row['stream']))) continue;
      const { signal } = readText(String(row['signal']), Number(row['marks']));
      const fields = signal as Readonly<Record<string, unknown>>;
      if (!isAsked(String(row['device']), fields, Number(row['seq']))) continue;
      if (lines.length >= LINES_MAX) {
        throw new FactQuestionError(`answer: takes over ${LINES_MAX} lines, ask for another day`);
      }
      lines.push({ at: receivedAt, text: lineOf(row) });
    }
    return lines;
  }

  /** The number of the first entry that was received from then on (ms); `last` is the newest. Entries lie in order of arrival. */
  firstFrom(from: number, last: number): number {
    let [low, high] = [1, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#received.get(middle);
      if (row === undefined || Number(row['received_at']) >= from) high = middle;
      else low = Number(row['seq']) + 1;
    }
    return low;
  }
}

function spansOf(
  question: { visit: number } | { ticket: string; date: string },
  store: FactStore,
  follower: Follower,
): VisitSpan[] {
  const standing = follower.standing(follower.hall.day.end);
  if ('visit' in question) {
    const { visit: id } = question;
    const fact = store.visit(id) ?? standing.find(({ visit }) => visit === id);
    return fact === undefined
      ? []
      : [spanOf(fact)].map((span) => ({ ...span, next: nextOf(span) }));
  }
  const ticket = canonicalTicket(question.ticket);
  const facts = [
    ...store.visitsOf(ticket, question.date),
    ...standing.filter((fact) => fact.ticket === ticket && fact.date === question.date),
  ].sort((a, b) => a.visit - b.visit);
  return facts.map((fact, index) => {
    const next = facts[index + 1]?.visit;
    return { ...spanOf(fact), next: next ?? nextOf(spanOf(fact)) };
  });

  function nextOf({ first, ticket: number }: VisitSpan): number {
    const others = [...values(follower.hall.tickets)]
      .filter((one) => one.ticket === number && one.visit > first)
      .map((one) => one.visit);
    return Math.min(store.nextVisit(number, first) ?? Infinity, ...others);
  }
}

function spanOf(fact: {
  visit: number;
  ticket: string;
  issued_at: number;
  ended_at?: number;
}): VisitSpan {
  const { visit, ticket, issued_at: from, ended_at: end } = fact;
  return { ticket, first: visit, next: Infinity, from, to: (end ?? from + AFTER_MS) + AFTER_MS };
}

/** In order of arrival and of painting. */
function textOf(lines: readonly Line[], seen: readonly Seen[]): Uint8Array<ArrayBuffer> {
  const all = [
    ...lines,
    ...seen.map(({ screen, at, ms, call }) => ({
      at,
      text: JSON.stringify({ seen: { screen, at, ms, call } }),
    })),
  ].sort((a, b) => a.at - b.at);
  return new TextEncoder().encode(all.map(({ text }) => `${text}\n`).join(''));
}
