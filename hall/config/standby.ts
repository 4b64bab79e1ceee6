// The hall file's part about the gateway's word to others, and about two gateways that stand in for each other.
import { amount, exact, or } from './values.ts';

/** How often the hall's summary goes to the broker: at most, when it changes; at least, when nothing does. */
export const summary = exact({
  every_s: or(amount(0.1, 3600), 2),
  at_least_s: or(amount(1, 86_400), 60),
});

export const standby = exact({
  /** how long an acknowledgement waits for the standby at most; one that is slower is detached */
  confirm_s: or(amount(0.05, 60), 1),
  /** of the pair's connections to the broker: a leader that hangs is known to be gone after 1.5 times of it */
  keep_alive_s: or(amount(1, 60), 3),
  /** how long a gateway that starts gives the one with more of the journal to lead */
  yield_s: or(amount(0, 60), 3),
  /** how long a gateway whose session was taken waits for the other to say that it leads */
  patience_s: or(amount(1, 600), 10),
});
