// Advices that somebody took today: what they were expected to bring, and what came of them. SPEC §27.
import { waitMs, waitStart } from '../../figure/ticket.ts';
import type { Figure } from '../../figure.ts';
import type { AdviceDecision } from '../../command/advised.ts';
import { values } from '../../table.ts';
import { part, type Cutting } from '../cut.ts';
import { memo } from '../memo.ts';

export interface TakenAdvice extends Omit<AdviceDecision, 'taken'> {
  /** mean wait, ms, of those who took a number soon after and have begun */
  readonly happened?: Figure;
  /** nobody can join those any more */
  readonly isJudged: boolean;
}

/** So many of them are shown, the latest first. */
const SHOWN_MAX = 12;
const MINUTE_MS = 60_000;

export const takenAdvices = part('hall', (cut): readonly TakenAdvice[] => {
  const taken = cut.hall.advised.filter((one) => one.taken);
  const shown = taken.slice(-SHOWN_MAX).reverse();
  return kept(
    cut.memory,
    '',
    shown.map((one) => judged(cut, one)),
  );
});

const kept = memo((taken: readonly TakenAdvice[]): readonly TakenAdvice[] => taken);

function judged(
  { hall, memory, config, second }: Cutting,
  { taken: _taken, ...one }: AdviceDecision,
): TakenAdvice {
  const { open } = memory.ledger.queue(one.queue);
  const until = one.at + config.advice.judge_min * MINUTE_MS;
  let [sum, n, waiting] = [0, 0, 0];
  for (const ticket of values(hall.tickets)) {
    const start = waitStart(ticket);
    if (ticket.queue !== one.queue || start === undefined) continue;
    if (start < one.at || start >= until) continue;
    const wait = waitMs(ticket, open);
    if (wait === undefined) waiting += 1;
    else [sum, n] = [sum + wait, n + 1];
  }
  return {
    ...one,
    ...(n > 0 && { happened: { value: sum / n, n } }),
    isJudged: second.now >= until && waiting === 0,
  };
}
