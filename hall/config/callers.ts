// The hall file's settings for callers that report little: what follows from a call where nothing else is said. SPEC §4.
import * as v from 'valibot';
import { amount, exact, oneOf, or, type Frozen } from './values.ts';

const nextCall = oneOf(['auto', 'completes', 'no_show', 'keep']);
const seconds = amount(0, 86_400);

/** For every caller of the hall. */
export const callers = exact({
  /**
   * What a next call at a window says of the visit that was called there before: `completes` it is done, `no_show` nobody
   * came, `auto` done where it was called at least `no_show_under_s` ago, else nobody came; `keep` nothing.
   */
  next_call: or(nextCall, 'auto'),
  /** service begins so long after the call; 0: with the call */
  serving_after_s: or(seconds, 60),
  /** a call that was ended sooner than this found nobody; 0: every call found its visitor */
  no_show_under_s: or(seconds, 30),
  /** a service that nobody ended ends after so long */
  service_max_min: or(amount(1, 1_440), 120),
});

/** For one device, `devices[].caller`: what it leaves out is the hall's. */
export const caller = exact({
  next_call: v.optional(nextCall),
  serving_after_s: v.optional(seconds),
  no_show_under_s: v.optional(seconds),
  service_max_min: v.optional(amount(1, 1_440)),
});

export type CallerSettings = Frozen<v.InferOutput<typeof callers>>;
