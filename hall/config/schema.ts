// The hall file's shape, declared once: every key, its rule and its default. Types are inferred.
import * as v from 'valibot';
import { isContentName } from '../content.ts';
import { says } from '../language.ts';
import { caller, callers } from './callers.ts';
import { faults, silence } from './health.ts';
import { DEVICE_KINDS } from './kinds.ts';
import { mqttLimits, relay } from './mqtt.ts';
import type { SourceRules } from './source-names.ts';
import {
  amount,
  date,
  exact,
  id,
  isTimeZone,
  list,
  monthDay,
  name,
  nameUpTo,
  oneOf,
  or,
  rising,
  spans,
  staffId,
  text,
  WEEKDAY_NAMES,
  whole,
} from './values.ts';
import { SCENES } from '../scene.ts';
import { standby, summary } from './standby.ts';

const LEVELS = ['province', 'city', 'county', 'township', 'village'] as const;

const hall = exact({
  id,
  name,
  timezone: or(
    v.pipe(
      v.string(says('时区', 'a time zone')),
      v.check(isTimeZone, says('时区，例如 Asia/Shanghai', 'a time zone such as Asia/Shanghai')),
    ),
    'Asia/Shanghai',
  ),
  level: or(oneOf(LEVELS), 'city'),
  parent: v.optional(id),
  demo: or(v.boolean(says('true 或 false', 'true or false')), false),
  address: v.optional(name),
  phone: v.optional(text(60)),
  complaint_phone: v.optional(text(60)),
});

const week = {
  daily: v.optional(spans),
  weekdays: v.optional(spans),
  weekend: v.optional(spans),
  mon: v.optional(spans),
  tue: v.optional(spans),
  wed: v.optional(spans),
  thu: v.optional(spans),
  fri: v.optional(spans),
  sat: v.optional(spans),
  sun: v.optional(spans),
};

const hours = exact({
  ...week,
  seasons: or(list(exact({ from: monthDay, to: monthDay, ...week })), []),
  holidays: or(oneOf(['cn', 'none']), 'none'),
  /** the notice of a year that `holidays: cn` does not know yet, or holidays of the hall's own */
  holiday_dates: or(
    list(exact({ from: date, to: date, name: v.optional(name), working: or(list(date), []) })),
    [],
  ),
  exceptions: or(list(exact({ date, open: spans, name: v.optional(name) })), []),
});

/** `content:HASH`, or a file's path relative to the folder of this file. */
const contentFile = (zh: string, en: string) =>
  v.pipe(
    text(200),
    v.check(
      isContentName,
      says(
        `${zh}：content:HASH（64 位 0-9 a-f），或大厅文件所在目录内的路径`,
        `${en} as content:HASH (64 of 0-9 a-f) or as a path within the folder of the hall file`,
      ),
    ),
  );

const floor = exact({ id, name, plan: v.optional(contentFile('平面图', 'a plan')) });

const zone = exact({
  id,
  name,
  floor: v.optional(id),
  kind: or(
    oneOf(['waiting', 'windows', 'self-service', 'advice', 'entrance', 'parking', 'other']),
    'waiting',
  ),
  capacity: v.optional(whole(1, 1_000_000)),
  seats: v.optional(whole(0, 1_000_000)),
});

const queue = exact({ id, name, zone: id, prefix: v.optional(text(8)) });

const department = exact({ name, phone: v.optional(text(60)) });

const service = exact({
  id,
  name,
  department: v.optional(name),
  queue: id,
  materials: or(list(name), []),
});

const window = exact({
  id,
  label: v.optional(text(16)),
  name: v.optional(name),
  zone: id,
  queues: or(list(id), []),
  department: v.optional(name),
  role: or(oneOf(['front', 'back']), 'front'),
  chief: v.optional(text(60)),
  /** staff ids: who works there, and who takes over (AB岗) */
  posts: v.optional(exact({ a: v.optional(staffId), b: v.optional(staffId) })),
  // Where the window lies for someone who looks at its zone's board.
  direction: v.optional(
    oneOf(['left', 'right', 'ahead', 'behind', 'left-ahead', 'right-ahead', 'up', 'down']),
  ),
});

export const device = exact({
  id,
  kind: oneOf(DEVICE_KINDS),
  name: v.optional(name),
  zone: v.optional(id),
  window: v.optional(id),
  /** the switch or gateway device through which it is connected */
  via: v.optional(id),
  silence_s: v.optional(amount(1, 604_800)),
  /** the source whose messages are this device's, and its name there (its id where missing) */
  source: v.optional(id),
  address: v.optional(text(200)),
  /** another name of that device: both are one sender */
  same_as: v.optional(id),
  /** its own settings over those of `callers` */
  caller: v.optional(caller),
  installed: v.optional(date),
  service_life_years: v.optional(amount(0.1, 100)),
});

const screen = exact({
  id,
  name: v.optional(name),
  layout: oneOf(['calls', 'window', 'kiosk', 'notice', 'wall']),
  zone: v.optional(id),
  window: v.optional(id),
  diagonal_in: or(amount(3, 1000), 55),
  resolution: or(
    v.pipe(
      v.string(says('宽x高，例如 1920x1080', 'width x height such as 1920x1080')),
      v.regex(
        /^[1-9]\d{1,4}x[1-9]\d{1,4}$/,
        says('宽x高，例如 1920x1080', 'width x height such as 1920x1080'),
      ),
      v.transform((value) => {
        const [width = 0, height = 0] = value.split('x').map(Number);
        return { width, height };
      }),
    ),
    '1920x1080',
  ),
  distance_m: or(amount(0.2, 200), 8),
  orientation: v.optional(oneOf(['landscape', 'portrait'])),
});

const staff = exact({
  id: staffId,
  name: text(60),
  name_en: v.optional(text(60)),
  post: v.optional(name),
  department: v.optional(name),
  photo: v.optional(contentFile('图片', 'a picture')),
  party: v.optional(name),
});

/** A leader on duty (部门领导带班): on one date, from a date to another, on weekdays, or always. */
const duty = exact({
  staff: staffId,
  from: v.optional(date),
  to: v.optional(date),
  days: v.optional(list(oneOf(WEEKDAY_NAMES))),
});

/** A fact that no device reports, with its date and where it comes from. */
const card = exact({
  title: name,
  value: text(40),
  note: v.optional(name),
  date,
  source: name,
});

/** Another hall whose summary the wall compares; name and level until, and over, those that it says itself. */
const neighbour = exact({ id, name: v.optional(name), level: v.optional(oneOf(LEVELS)) });

/** The leadership wall: which scenes turn, and for how long each stands. */
const wall = exact({
  scenes: or(list(oneOf(SCENES)), [...SCENES]),
  scene_seconds: or(amount(5, 3600), 30),
  theme: or(oneOf(['day', 'night']), 'night'),
});

const thresholds = exact({
  wait_min: or(rising(3, 1440, '[10, 20, 40]'), [10, 20, 40]),
  load: or(rising(2, 100, '[0.85, 1.0]'), [0.85, 1]),
  /** two who came, or were called, within so many seconds of each other are in order */
  order_s: or(amount(0, 3600), 60),
});

/** What becomes of an advice: how long windows are lent, how long one is not given again, by whom it is judged. */
const advice = exact({
  lend_min: or(amount(1, 480), 30),
  dismiss_min: or(amount(1, 480), 15),
  judge_min: or(amount(1, 240), 15),
});

const board = exact({
  call_seconds_min: or(amount(1, 600), 8),
  hero_seconds_min: or(amount(1, 600), 3),
  page_seconds: or(amount(2, 600), 8),
  missed_minutes: or(amount(1, 1440), 30),
  theme: or(oneOf(['day', 'night']), 'night'),
});

const freshness = exact({
  page_s: or(amount(1, 3600), 4),
  occupancy_s: or(amount(1, 86_400), 120),
  device_s: or(amount(1, 86_400), 180),
});

const limits = exact({
  tickets_max: or(whole(10, 1_000_000), 20_000),
  devices_max: or(whole(10, 100_000), 5_000),
  discovered_max: or(whole(1, 100_000), 1_000),
  /** lists of whole networks, of the ready-made sources */
  source_list_mib: or(whole(1, 64), 4),
  /** what these must remember over a restart */
  source_memory_mib: or(whole(1, 4_096), 64),
  staff_max: or(whole(10, 100_000), 5_000),
  cases_max: or(whole(10, 1_000_000), 20_000),
  /** an event that is older than so many days when it comes is refused where it is no live one */
  past_days: or(whole(1, 400), 7),
  /** in a hall that is open at midnight a visit ends so long after its last step */
  visit_hours: or(amount(1, 168), 12),
  connections_max: or(whole(1, 100_000), 10_000),
  pages_max: or(whole(1, 100_000), 2_000),
  /** half of `pages_max` where it is left out */
  pages_per_address: v.optional(whole(1, 100_000)),
  /** requests of one address: in the long run, at once, and being answered */
  requests_per_s: or(whole(1, 1_000_000), 400),
  requests_burst: or(whole(100, 10_000_000), 4_000),
  requests_open: or(whole(8, 100_000), 256),
  device_signals_per_s: or(whole(1, 1_000_000), 5_000),
  device_signals_burst: or(whole(1, 10_000_000), 20_000),
  /** of the journal's file; 0 = as much as its disk has */
  journal_mib: or(whole(0, 100_000_000), 0),
  /** of the data folder's disk, kept for devices of this file; at most 5 % of the disk */
  disk_free_mib: or(whole(0, 100_000_000), 1_024),
  /** one file of the content store (images: 16 MiB at most), and all of them */
  content_file_mib: or(whole(1, 1_024), 64),
  content_mib: or(whole(1, 10_000_000), 4_096),
  /** files that were uploaded: the state has each of them */
  content_files_max: or(whole(1, 100_000), 5_000),
  ...mqttLimits,
});

/** How signals are carried to an InfluxDB (`--influx`); the embedded history needs no such settings. */
const history = exact({
  batch: or(whole(1, 50_000), 1_000),
  batch_kib: or(whole(16, 24_576), 4_096),
  in_flight: or(whole(1, 16), 2),
  timeout_s: or(amount(0.5, 600), 10),
  retry_s_max: or(amount(0.1, 3_600), 15),
  verify_s: or(amount(0.5, 86_400), 60),
});

/** The session at an external broker (`--broker`); the embedded one needs no such settings. */
const broker = exact({
  /** `hallcast-{hall}` where it is left out */
  client_id: v.optional(text(60)),
  /** how long the broker keeps what comes while no gateway is connected */
  session_expiry_days: or(amount(0.01, 3_650), 7),
  /** messages on their way to us that are not acknowledged yet */
  receive_max: or(whole(1, 65_535), 1_000),
  /** a dead line is known within 1.5 times of it */
  keep_alive_s: or(whole(1, 3_600), 5),
});

const retentionKeys = exact({
  journal_days: or(whole(1, 36_500), 400),
  /** raw points of the history; 0 = for ever */
  history_days: or(whole(0, 36_500), 400),
  /** visits and hourly sums; 0 = for ever; 3660 where it is left out */
  facts_days: v.optional(whole(0, 36_500)),
  /** the name of `facts_days` in files of earlier versions */
  rollup_days: v.optional(whole(0, 36_500)),
  dead_letters_max: or(whole(1, 10_000_000), 100_000),
  /** of their topics, details and payloads together */
  dead_letters_mib: or(whole(1, 1_000_000), 64),
  /** a file of the content store that nobody names is kept so long after its upload or last use */
  content_days: or(whole(1, 36_500), 30),
});

const retention = v.pipe(
  retentionKeys,
  v.transform(({ rollup_days, facts_days = rollup_days ?? 3_660, ...rest }) => ({
    ...rest,
    facts_days,
  })),
);

const notice = exact({
  title: name,
  body: v.optional(nameUpTo(1000)),
  from: v.optional(date),
  to: v.optional(date),
});

/** Full names under which people reach the gateway; addresses and names without a dot need none. */
const staffAccess = oneOf(['open', 'loopback']);

const http = exact({
  hosts: or(
    list(
      v.pipe(
        v.string(says('文字形式的主机名', 'a host name as text')),
        v.regex(
          /^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+$/,
          says('主机名，例如 hall.example.gov.cn', 'a host name such as hall.example.gov.cn'),
        ),
      ),
    ),
    [],
  ),
  /** until accounts exist: where what is for people at work is answered */
  staff: or(staffAccess, 'open'),
});

/** The whole file. Only `hall` must be there; references and ids are checked afterwards. */
export const hallFile = (sources: SourceRules['schema']) =>
  exact({
    hall,
    hours: or(hours, { daily: ['00:00-24:00'] }),
    departments: or(list(department), []),
    floors: or(list(floor), []),
    zones: or(list(zone), []),
    queues: or(list(queue), []),
    services: or(list(service), []),
    windows: or(list(window), []),
    devices: or(list(device), []),
    sources: or(sources, []),
    screens: or(list(screen), []),
    /** the people; a file without them may say `http.staff` here */
    staff: or(
      v.lazy((input) => (typeof input === 'string' ? staffAccess : list(staff))),
      [],
    ),
    thresholds: or(thresholds, {}),
    advice: or(advice, {}),
    board: or(board, {}),
    freshness: or(freshness, {}),
    silence: or(silence, {}),
    faults: or(faults, {}),
    callers: or(callers, {}),
    limits: or(limits, {}),
    broker: or(broker, {}),
    history: or(history, {}),
    retention: or(retention, {}),
    notices: or(list(notice), []),
    duty: or(list(duty), []),
    cards: or(list(card), []),
    wall: or(wall, {}),
    neighbours: or(list(neighbour), []),
    http: or(http, {}),
    summary: or(summary, {}),
    standby: or(standby, {}),
    intake: or(oneOf(['open', 'listed']), 'open'),
    /** the devices that may raise an alarm; left out: any */
    emergency_from: v.optional(list(id)),
    relay: or(relay, []),
  });

export type HallFile = v.InferOutput<ReturnType<typeof hallFile>>;
