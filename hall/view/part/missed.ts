// Missed numbers of a board (过号): no-shows of late, the latest first. SPEC §7.4.
import { indexHall, type HallConfig } from '../../config.ts';
import type { Ticket } from '../../state.ts';
import { part } from '../cut.ts';
import { table, weakMemo } from '../memo.ts';
import { concerns, isMissedUnheard, latelyFrom } from './visit.ts';

export interface BoardMissed {
  readonly ticket: string;
  readonly label?: string;
  readonly at: number;
}

type MissedTicket = Extract<Ticket, { state: 'missed' }>;

const MINUTE_MS = 60_000;
const MISSED_MAX = 60;

export const missed = part('zone', (cut, zone) => {
  const { config, now, memory } = cut;
  const all = memory.ledger.whole.missed;
  const from = now - config.board.missed_minutes * MINUTE_MS;
  const lately = latelyFrom(cut);
  const shown: MissedTicket[] = [];
  for (let index = all.length - 1; index >= 0 && shown.length < MISSED_MAX; index--) {
    const ticket = all[index];
    if (ticket?.state !== 'missed') continue;
    if (ticket.since < from) break;
    if (isMissedUnheard(ticket) && ticket.since > lately) continue;
    if (concerns(config, ticket, ticket.window, zone)) shown.push(ticket);
  }
  return missedByKey(
    memory,
    zone ?? '',
    shown.map(({ key }) => key),
    shown.map((ticket) => missedRow(ticket, config)),
  );
});

const missedRow = weakMemo(
  ({ window, ticket, since }: MissedTicket, config: HallConfig): BoardMissed => {
    const label =
      window === undefined ? undefined : (indexHall(config).windows.get(window)?.label ?? window);
    return { ticket, ...(label === undefined ? undefined : { label }), at: since };
  },
);

const missedByKey = table<BoardMissed>();
