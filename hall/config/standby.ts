// The hall file's part about the gateway's word to others, and about two gateways that stand in for each other.
import * as v from 'valibot';
import { says } from '../language.ts';
import { amount, exact, list, or } from './values.ts';

/** How often the hall's summary goes to the broker: at most, when it changes; at least, when nothing does. */
export const summary = exact({
  every_s: or(amount(0.1, 3600), 2),
  at_least_s: or(amount(1, 86_400), 60),
});

/** As a browser writes an origin: lower case, no port where it is the usual one. */
const address = v.pipe(
  v.string(says('文字', 'text')),
  v.regex(
    /^https?:\/\/([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[1-9]\d{0,4})?$/,
    says(
      '不带路径的地址，例如 http://10.0.0.1:8080',
      'an address without a path such as http://10.0.0.1:8080',
    ),
  ),
  v.check(
    (text) => !/^http:.*:80$|^https:.*:443$/.test(text),
    says('不写默认端口的地址', 'no port where it is the usual one'),
  ),
);

export const standby = exact({
  /** how long an acknowledgement waits for the standby at most; one that is slower is detached */
  confirm_s: or(amount(0.05, 60), 1),
  /** of the pair's connections to the broker: a leader that hangs is known to be gone after 1.5 times of it */
  keep_alive_s: or(amount(1, 60), 3),
  /** how long a gateway that starts gives the one with more of the journal to lead */
  yield_s: or(amount(0, 60), 3),
  /** how long a gateway whose session was taken waits for the other to say that it leads */
  patience_s: or(amount(1, 600), 10),
  /** where people and screens open the pages of the two gateways; without it the one of --peer is known */
  pages: or(
    v.pipe(list(address), v.maxLength(4, says('最多 4 个地址', 'at most 4 addresses'))),
    [],
  ),
  /** a page that hears nothing from its gateway for so long asks the other one */
  pages_after_s: or(amount(1, 600), 3),
});
