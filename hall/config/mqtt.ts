// What the embedded broker takes from devices and strangers; members of the hall file's `limits`. SPEC §20.
import * as v from 'valibot';
import { says } from '../language.ts';
import { amount, exact, list, or, text, whole } from './values.ts';

export const mqttLimits = {
  /** a larger MQTT packet closes its connection */
  packet_kib: or(whole(16, 65_536), 1_024),
  /** a packet that has begun has to be whole within so long */
  packet_s: or(amount(0.5, 3_600), 10),
  /** connections from one address of clients that `devices` does not list */
  address_connections_max: or(whole(1, 100_000), 500),
  /** signals of all clients of an address that `devices` does not list */
  address_signals_per_s: or(whole(1, 10_000_000), 20_000),
  address_signals_burst: or(whole(1, 100_000_000), 100_000),
  /** KiB a second of one client, and of all of an address that are not listed; at once eight seconds' worth */
  device_kib_per_s: or(whole(1, 1_048_576), 1_024),
  address_kib_per_s: or(whole(1, 1_048_576), 4_096),
  /** messages a second to all subscribers of an address that are not listed; at once ten seconds' worth */
  address_deliveries_per_s: or(whole(1, 10_000_000), 20_000),
  /** a client that is not listed and has no keep-alive up to 300 s is closed after so long without a word */
  silent_min: or(amount(1, 10_080), 60),
  /** all that MQTT connections hold: packets on their way in, messages on their way out, retained and queued ones */
  mqtt_memory_mib: or(whole(16, 65_536), 256),
  /** QoS 2 packet ids that were received and not released; a listed device may fill more than half of them */
  qos2_max: or(whole(10, 1_000_000), 20_000),
  /** topics whose last message is kept for later subscribers, and their bytes */
  retained_max: or(whole(10, 1_000_000), 20_000),
  retained_mib: or(whole(1, 4_096), 16),
  /** sessions that outlive their connection, messages that wait for one, and what waits in all; with `relay` only */
  sessions_max: or(whole(2, 100_000), 1_000),
  queued_max: or(whole(1, 100_000), 1_000),
  queued_mib: or(whole(1, 4_096), 16),
};

const FILTER_LENGTH_MAX = 300;
const FILTER_LEVELS_MAX = 30;

/** An MQTT topic filter (MQTT 3.1.1 §4.7) of messages that are not the hall's. */
const filter = v.pipe(
  v.string(says('主题过滤器，例如 home/#', 'a topic filter such as home/#')),
  v.nonEmpty(says('主题过滤器，例如 home/#', 'a topic filter such as home/#')),
  v.check(
    (text) => text.length <= FILTER_LENGTH_MAX && text.split('/').length <= FILTER_LEVELS_MAX,
    says(
      `不超过 ${FILTER_LENGTH_MAX} 个字符、${FILTER_LEVELS_MAX} 级的主题过滤器`,
      `a topic filter of at most ${FILTER_LENGTH_MAX} characters and ${FILTER_LEVELS_MAX} levels`,
    ),
  ),
  v.check(
    (text) => !/\p{Cc}/u.test(text),
    says('不含控制字符的主题过滤器', 'a topic filter without control characters'),
  ),
  v.check(
    (text) =>
      text
        .split('/')
        .every(
          (level, at, all) => !level.includes('#') || (level === '#' && at === all.length - 1),
        ),
    says(
      '主题过滤器，# 只能作为最后一级，例如 home/#',
      'a topic filter with # as its last level only, such as home/#',
    ),
  ),
  v.check(
    (text) => text.split('/').every((level) => !level.includes('+') || level === '+'),
    says(
      '主题过滤器，+ 必须独占一级，例如 home/+/state',
      'a topic filter with + as a whole level only, such as home/+/state',
    ),
  ),
  v.check(
    (text) => !text.startsWith('$'),
    says(
      '不以 $ 开头的主题过滤器：$ 开头的主题属于消息服务器',
      "a topic filter that does not begin with $: those topics are the broker's",
    ),
  ),
  v.check(
    (text) => text !== 'hall' && !text.startsWith('hall/'),
    says(
      'hall/ 以外的主题过滤器：大厅的信号无需填写即会转发',
      'a topic filter outside of hall/: signals of the hall are passed on without it',
    ),
  ),
);

const rule = exact({
  topics: v.pipe(
    list(filter),
    v.minLength(1, says('至少一个主题过滤器', 'at least one topic filter')),
  ),
  /** client ids that may publish there, where not all may */
  publish: v.optional(list(text(64))),
  /** client ids that may have these messages, where not all may */
  subscribe: v.optional(list(text(64))),
});

/** `home/#`, or a map with `topics`. */
export const relay = list(
  v.pipe(
    v.lazy((input) => (typeof input === 'string' ? filter : rule)),
    v.transform((value): v.InferOutput<typeof rule> =>
      typeof value === 'string' ? { topics: [value] } : value,
    ),
  ),
);
