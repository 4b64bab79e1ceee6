// The halls around the demo hall, as their gateways' summaries tell of them: two counties and a township of the city. A
// summary is a function of the time, so that no state is kept. Pure.
import { openIntervals } from '../../hall/calendar.ts';
import type { HallConfig } from '../../hall/config.ts';
import type { Summary, SummaryFault, SummaryDevices } from '../../hall/summary.ts';
import { businessDate } from '../../hall/zone-time.ts';

interface DemoHall {
  readonly id: string;
  readonly name: Summary['name'];
  readonly level: Summary['level'];
  readonly windows: number;
  /** visits of a whole day */
  readonly visits: number;
  /** most who wait at the day's two peaks */
  readonly peak: number;
  readonly serviceMin: number;
  readonly satisfaction: number;
  readonly devices: SummaryDevices;
  readonly fault?: Pick<SummaryFault, 'id' | 'kind' | 'severity' | 'text'>;
}

const HALLS: readonly DemoHall[] = [
  {
    ...{ id: 'demo-qinghe', level: 'county', windows: 28, visits: 620, peak: 31, serviceMin: 11 },
    name: { zh: '清河县政务服务中心', en: 'Qinghe County Service Hall' },
    satisfaction: 0.972,
    devices: { online: 61 },
  },
  {
    ...{ id: 'demo-linshan', level: 'county', windows: 22, visits: 540, peak: 58, serviceMin: 12 },
    name: { zh: '临山县政务服务中心', en: 'Linshan County Service Hall' },
    satisfaction: 0.941,
    devices: { online: 44, offline: 2, fault: 1 },
    fault: {
      ...{ id: 'device:printer-2', kind: 'device', severity: 2 },
      text: { zh: '2 号取号机故障', en: 'ticket machine 2 is out of order' },
    },
  },
  {
    ...{ id: 'demo-heping', level: 'township', windows: 6, visits: 96, peak: 5, serviceMin: 9 },
    name: { zh: '和平镇便民服务中心', en: 'Heping Township Service Hall' },
    satisfaction: 0.985,
    devices: { online: 11 },
  },
];

const MINUTE_MS = 60_000;

/** What each of them says at `now`; they keep the demo hall's hours. */
export function neighbourSummaries(config: HallConfig, now: number): readonly Summary[] {
  const date = businessDate(config.hall.timezone, now);
  const open = openIntervals(config, date);
  return HALLS.map((hall) => summaryAt(hall, config, date, open, now));
}

function summaryAt(
  hall: DemoHall,
  { hall: { id: parent, timezone } }: HallConfig,
  date: string,
  open: ReturnType<typeof openIntervals>,
  now: number,
): Summary {
  const { id, name, level, windows, devices, fault } = hall;
  const isOpen = open.some(([from, to]) => now >= from && now < to);
  const changesAt = open.flat().find((at) => at > now);
  const isBreak = !isOpen && open.some(([, to]) => now >= to) && changesAt !== undefined;
  const { issued, waiting, serving } = workAt(hall, open, now);
  const completed = Math.max(0, issued - waiting - serving - Math.floor(issued * 0.03));
  const working = Math.ceil(windows * 0.86) - (Math.floor(now / (20 * MINUTE_MS)) % 3);
  const perMinute = Math.max(1, working) / hall.serviceMin;
  const evaluated = Math.floor(completed * 0.62);
  const longest = Math.round((waiting / perMinute) * 60 * 1.3);
  return {
    type: 'summary',
    at: now,
    ...{ hall: id, name, level, parent, timezone, demo: true, date },
    opening: {
      state: isOpen ? 'open' : isBreak ? 'break' : 'closed',
      ...(changesAt !== undefined && { changes_at: changesAt }),
    },
    waiting: {
      total: waiting,
      ...(waiting > 0 && { longest_since: now - longest * 1_000, longest_wait_s: longest }),
      queues: {},
    },
    windows: { open: isOpen ? Math.max(1, working) : 0, total: windows },
    within: [],
    ...(completed > 0 && {
      mean_wait_s: { value: Math.round((hall.peak / perMinute) * 60 * 0.45), n: completed },
    }),
    ...(evaluated > 0 && { satisfaction: { value: hall.satisfaction, n: evaluated } }),
    today: { issued, serving, completed, no_show: issued - completed - waiting - serving },
    devices,
    emergencies: [],
    source: { state: 'live', at: now },
    faults: fault && open[0] ? [{ ...fault, since: open[0][0] + 25 * MINUTE_MS }] : [],
    gateway: { version: 'demo' },
  };
}

/** People come in two waves a day; the later half of each wave waits for the earlier. */
function workAt(hall: DemoHall, open: readonly (readonly [number, number])[], now: number) {
  const length = open.reduce((sum, [from, to]) => sum + to - from, 0);
  let issued = 0;
  let waiting = 0;
  let serving = 0;
  for (const [from, to] of open) {
    const part = Math.min(1, Math.max(0, (now - from) / (to - from)));
    // A bell that begins and ends flat: its sum from 0 to 1.
    const come = part - Math.sin(2 * Math.PI * part) / (2 * Math.PI);
    issued += Math.round(hall.visits * ((to - from) / length) * come);
    if (part <= 0 || part >= 1) continue;
    const minute = Math.floor(now / MINUTE_MS);
    const restless = 1 + 0.18 * Math.sin(minute / 3 + hall.peak) + 0.09 * Math.sin(minute * 1.7);
    waiting = Math.round(hall.peak * Math.sin(Math.PI * part) ** 1.5 * restless);
    serving = Math.min(Math.ceil(hall.windows * 0.7), Math.round(hall.windows * 2 * part));
  }
  waiting = Math.min(waiting, issued);
  return { issued, waiting, serving: Math.min(serving, issued - waiting) };
}
