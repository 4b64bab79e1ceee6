// The usual day, and what is expected of the rest of this one. All of it is of the begin of the running minute, so that a page
// has a new value at most each minute. SPEC §26.3 to 24.6.
import { bisectLeft } from 'd3-array';
import type { Tally } from '../../figure.ts';
import { forecastArrivals, forecastWaiting } from '../../forecast.ts';
import type { LikeKind } from '../../like-days.ts';
import type { Day } from '../../state.ts';
import {
  HALF_HOURS,
  halfHourOf,
  halfHours,
  type Quantiles,
  type UsualDay,
  type UsualLine,
} from '../../usual-day.ts';
import type { Name } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo, table } from '../memo.ts';
import { zoneFreshness } from './freshness.ts';

export interface OutlookBin {
  /** begin of the half hour, ms since 1970 */
  readonly from: number;
  /** people who take a number in the half hour */
  readonly issued: Quantiles;
  /** people waiting at its end; of a forecast absent beyond three hours, and where the past days are fewer than four */
  readonly waiting?: Quantiles;
}

export interface QueueOutlook {
  /** how many past days know the queue */
  readonly n: number;
  /** the running half hour and those that begin within three hours */
  readonly forecast: readonly OutlookBin[];
}

export interface Outlook {
  /** the length of a half hour, ms */
  readonly binMs: number;
  /** of which days, as a label: 往常周二, usual Tuesday */
  readonly name: Name;
  /** how many past days, 1 to 8 */
  readonly n: number;
  /** the whole of a usual day, on today's clock: from the first to the last half hour in which anybody comes or waits */
  readonly usual: readonly OutlookBin[];
  /** the running half hour as a whole, and each one up to closing; absent after it, and while the hall's sources are not live */
  readonly forecast?: readonly OutlookBin[];
  /** people who will have taken a number today; absent as `forecast` is */
  readonly today?: Quantiles;
  /** by id, the queues that past days know; empty where `forecast` is absent */
  readonly queues: Readonly<Record<string, QueueOutlook>>;
}

const MINUTE_MS = 60_000;
const BIN_MS = 30 * MINUTE_MS;
const AHEAD_MS = 6 * BIN_MS;

const NAMES: Readonly<Record<LikeKind, Name>> = {
  mon: { zh: '往常周一', en: 'usual Monday' },
  tue: { zh: '往常周二', en: 'usual Tuesday' },
  wed: { zh: '往常周三', en: 'usual Wednesday' },
  thu: { zh: '往常周四', en: 'usual Thursday' },
  fri: { zh: '往常周五', en: 'usual Friday' },
  sat: { zh: '往常周六', en: 'usual Saturday' },
  sun: { zh: '往常周日', en: 'usual Sunday' },
  'make-up': { zh: '往常调休上班日', en: 'usual make-up working day' },
  'after-holiday': { zh: '往常节后首日', en: 'usual day after a holiday' },
  'month-start': { zh: '往常月初', en: 'usual start of a month' },
};

/** Absent without past days of the kind, and until those of a new business day are known. */
export const outlook = part('hall', (cut): Outlook | undefined => {
  const { hall, config, memory, gatewayStatus } = cut;
  const { usual } = gatewayStatus;
  if (usual?.date !== hall.day.date) return undefined;
  const starts = startsOf(memory, '', config.hall.timezone, hall.day.date);
  const bins = usualBins(memory, '', usual.whole, starts);
  const whole = forecastOf(cut, '', usual.whole, memory.ledger.whole, starts);
  const ids: string[] = [];
  const rows: QueueOutlook[] = [];
  for (const { id } of whole === undefined ? [] : config.queues) {
    const line = usual.queues.get(id);
    const own = line && forecastOf(cut, id, line, memory.ledger.queue(id), starts);
    if (line === undefined || own === undefined) continue;
    ids.push(id);
    rows.push(queueRow(memory, id, line.n, own.bins));
  }
  return outlookOf(memory, '', usual, bins, whole, queuesById(memory, '', ids, rows));
});

const outlookOf = memo(
  (
    { kind, whole }: UsualDay,
    usual: readonly OutlookBin[],
    forecast: Forecast | undefined,
    queues: Outlook['queues'],
  ): Outlook => ({
    binMs: BIN_MS,
    name: NAMES[kind],
    n: whole.n,
    usual,
    ...(forecast && { forecast: forecast.bins, today: forecast.today }),
    queues,
  }),
);

const startsOf = memo(halfHours);
const queuesById = table<QueueOutlook>();

const queueRow = memo((n: number, bins: readonly OutlookBin[]): QueueOutlook => {
  const first = bins[0]?.from ?? 0;
  return { n, forecast: bins.filter(({ from }) => from <= first + AHEAD_MS) };
});

const usualBins = memo(({ issued, waiting }: UsualLine, starts: readonly number[]) => {
  const bins = issued.flatMap((people, index): OutlookBin[] => {
    const from = starts[index] ?? 0;
    const line = waiting[index];
    const isSkipped = from === starts[index + 1];
    return people && line && !isSkipped ? [{ from, issued: people, waiting: line }] : [];
  });
  const isQuiet = (bin: OutlookBin) => bin.issued.p90 === 0 && (bin.waiting?.p90 ?? 0) === 0;
  const last = bins.findLastIndex((bin) => !isQuiet(bin));
  const first = bins.findIndex((bin) => !isQuiet(bin));
  return first < 0 ? [] : bins.slice(first, last + 1);
});

interface Forecast {
  readonly bins: readonly OutlookBin[];
  readonly today: Quantiles;
}

/** Undefined after closing, and where the day so far is not known. */
function forecastOf(
  cut: Cutting,
  id: string,
  line: UsualLine,
  tally: Tally,
  starts: readonly number[],
): Forecast | undefined {
  const { hall, memory, now } = cut;
  if (zoneFreshness(cut, undefined).state !== 'live') return undefined;
  const minute = Math.max(hall.day.start, now - (now % MINUTE_MS));
  const begin = starts[halfHourOf(starts, minute)] ?? minute;
  const before = bisectLeft(tally.issuedAt, begin);
  return forecastAt(
    ...([memory, id, line, starts, hall.day, minute, before] as const),
    bisectLeft(tally.issuedAt, minute) - before,
    bisectLeft(tally.waitStarts, minute) - bisectLeft(tally.waitEnds, minute),
  );
}

const forecastAt = memo(
  (
    line: UsualLine,
    starts: readonly number[],
    { open }: Day,
    minute: number,
    before: number,
    within: number,
    waiting: number,
  ): Forecast | undefined => {
    const closes = open.at(-1)?.[1] ?? 0;
    if (minute >= closes) return undefined;
    const bin = halfHourOf(starts, minute);
    const [from = 0, to = 0] = [starts[bin], starts[bin + 1]];
    const passed = to > from ? (minute - from) / (to - from) : 0;
    const end =
      closes >= (starts[HALF_HOURS] ?? 0) ? HALF_HOURS : halfHourOf(starts, closes - 1) + 1;
    const arrivals = forecastArrivals(line, { bin, passed, before, within }, end);
    const lines = forecastWaiting(line, { bin, passed }, waiting);
    const bins = arrivals.bins.flatMap((issued, index): OutlookBin[] => {
      const start = starts[index] ?? 0;
      if (issued === undefined || start === starts[index + 1]) return [];
      const ahead = start < minute + AHEAD_MS ? lines[index] : undefined;
      return [{ from: start, issued, ...(ahead && { waiting: ahead }) }];
    });
    return { bins, today: arrivals.day };
  },
);
