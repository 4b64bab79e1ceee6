// Advices that somebody took or did not take, as the hall remembers them for the day. SPEC §27.
import type { Advice } from '../advice.ts';
import type { Hall } from '../state.ts';

export interface AdviceDecision {
  readonly queue: string;
  readonly kind: Advice['kind'];
  readonly taken: boolean;
  readonly windows: readonly string[];
  /** ms since 1970 */
  readonly at: number;
  /** minutes that a newcomer was expected to wait without it, and with it */
  readonly waitMin?: number;
  readonly expectedMin?: number;
}

/** So many decisions of a day are remembered. */
export const ADVISED_MAX = 200;

/** What was decided last about a queue's advices today. */
export function latestDecision(
  { advised }: Pick<Hall, 'advised'>,
  queue: string,
): AdviceDecision | undefined {
  return advised.findLast((one) => one.queue === queue);
}
