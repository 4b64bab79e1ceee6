// How the demo hall's devices fare: regular reports, paper running out, failures and repairs, network links.
import type { Device } from '../../hall/config.ts';
import type { SignalOf } from '../../hall/signal.ts';
import { batteryOf, mishaps, type Down } from './mishaps.ts';
import { MINUTE } from './profile.ts';
import type { Visit } from './arrivals.ts';
import type { Random } from './random.ts';
import type { Story } from './story.ts';

type DeviceReport = Omit<SignalOf<'device'>, 'id' | 'type' | 'at'>;

const HOUR = 60 * MINUTE;
const REPORT_HOURS = 2;
const FIRMWARE: Readonly<Record<string, string>> = {
  dispenser: '4.2.1',
  caller: '2.8.0',
  evaluator: '3.1.5',
  counter: '1.9.2',
  screen: '24.6.3',
  kiosk: '6.0.4',
  speaker: '1.4.0',
  sensor: '0.9.7',
  camera: '5.7.1',
  network: '12.1.3',
};
const WIRELESS = new Set(['evaluator', 'sensor', 'counter']);

/** What goes wrong today. `offline` is a lost connection: the device cannot say so itself, its will does. */
const FAILURES = [
  { kind: 'evaluator', state: 'offline', fault: undefined, minutes: 22 },
  { kind: 'evaluator', state: 'fault', fault: '触摸屏无响应', minutes: 48 },
  { kind: 'screen', state: 'offline', fault: undefined, minutes: 14 },
  { kind: 'screen', state: 'fault', fault: '背光异常', minutes: 75 },
  { kind: 'kiosk', state: 'fault', fault: '打印机卡纸', minutes: 18 },
  { kind: 'counter', state: 'offline', fault: undefined, minutes: 9 },
  { kind: 'camera', state: 'maintenance', fault: '镜头清洁', minutes: 30 },
  { kind: 'sensor', state: 'degraded', fault: '电量低', minutes: 150 },
  { kind: 'camera', state: 'offline', fault: undefined, minutes: 35 },
  { kind: 'speaker', state: 'fault', fault: '功放过热', minutes: 26 },
] as const;

export function tellEquipment(story: Story, visits: readonly Visit[]): void {
  const down = [...tellMishaps(story), ...tellFailures(story)];
  story.config.devices.forEach((device) => {
    const random = story.random.fork(`device ${device.id}`);
    if (device.kind === 'dispenser') tellPaper(story, device, visits, random);
    // Switched on at seven, then a report every other hour at the device's own minute.
    const minute = random.between(0, REPORT_HOURS * 60 - 20) * MINUTE;
    for (let hour = 7; hour < 19; hour += REPORT_HOURS) {
      const lag = hour === 7 ? random.between(0, 8) * MINUTE : minute;
      const at = Math.round(story.start + hour * HOUR + lag);
      const gone = down.some(({ id, from, to }) => id === device.id && at >= from && at <= to);
      // A dispenser's reports carry its paper and come with it.
      if (!gone && device.kind !== 'dispenser')
        tell(story, device, at, { state: 'online', ...health(device, at, story, random) });
    }
  });
  tellLinks(story);
}

function health(
  device: Device,
  at: number,
  story: Story,
  random: Random,
): Omit<DeviceReport, 'state'> {
  const warm = { screen: 44, kiosk: 41, camera: 38, network: 47 }[device.kind as string] ?? 31;
  return {
    temp_c: Math.round(random.normal(warm, 2) * 10) / 10,
    uptime_s: Math.floor((at - story.start) / 1_000) + random.whole(0, 3) * 86_400,
    firmware: FIRMWARE[device.kind] ?? '1.0.0',
    ...(device.kind === 'sensor' && {
      battery_pct: batteryOf(device.id, random.whole(45, 98)),
    }),
    ...(WIRELESS.has(device.kind) && { rssi_dbm: Math.round(random.normal(-61, 5)) }),
  };
}

function tellMishaps(story: Story): Down[] {
  const random = story.random.fork('mishaps');
  const all = mishaps(story);
  const devices = new Map(story.config.devices.map((device) => [device.id, device]));
  silence(story, all);
  for (const { id, from, to } of all) {
    const device = devices.get(id);
    if (device === undefined) continue;
    tell(story, device, from, { state: 'offline' });
    tell(story, device, to, { state: 'online', ...health(device, to, story, random) });
  }
  return all;
}

/** Where the pad is dead people rate by the code on the counter, which the caller's computer tells. */
function silence(story: Story, downs: readonly Down[]): void {
  const ofDevice = Map.groupBy(downs, ({ id }) => id);
  for (const draft of story.drafts) {
    if (draft.stream !== 'evaluation') continue;
    const { at, window } = draft.signal;
    const isGone = ofDevice.get(draft.device)?.some(({ from, to }) => at >= from && at <= to);
    if (isGone) draft.device = story.deviceAt('caller', { window });
  }
}

/** Each failure strikes one device of its kind, spread over the opening hours. */
function tellFailures(story: Story): Down[] {
  const random = story.random.fork('failures');
  const first = story.openings[0]?.[0] ?? story.start + 8 * HOUR;
  const last = story.openings.at(-1)?.[1] ?? story.start + 18 * HOUR;
  const step = (last - first) / FAILURES.length;
  const struck = new Set(mishaps(story).map(({ id }) => id));
  const down: Down[] = [];
  FAILURES.forEach((failure, index) => {
    const able = story.config.devices.filter(
      ({ id, kind }) => kind === failure.kind && !struck.has(id),
    );
    const device = random.pick(able);
    const from = Math.round(first + (index + random.between(0.1, 0.9)) * step);
    const to = Math.round(from + failure.minutes * random.between(0.7, 1.3) * MINUTE);
    if (device === undefined) return;
    struck.add(device.id);
    down.push({ id: device.id, from, to });
    const fault = failure.fault === undefined ? {} : { fault: failure.fault };
    tell(story, device, from, { state: failure.state, ...fault });
    tell(story, device, to, { state: 'online', ...health(device, to, story, random) });
  });
  return down;
}

/** A roll is 700 tickets; below 15 % the dispenser is degraded until somebody changes it. */
function tellPaper(story: Story, device: Device, visits: readonly Visit[], random: Random): void {
  const printed = visits
    .filter(({ dispenser, channel }) => dispenser === device.id && channel !== 'mobile')
    .map(({ issuedAt }) => issuedAt);
  let paper = random.between(18, 100);
  let next = 0;
  let low = false;
  for (let at = story.start + 7 * HOUR; at < story.start + 19 * HOUR; at += 15 * MINUTE) {
    while ((printed[next] ?? Infinity) <= at) {
      paper -= 100 / 700;
      next += 1;
    }
    if (low && random.chance(0.5)) paper = 100;
    low = paper < 15;
    tell(story, device, Math.round(at + random.between(0, 60) * 1_000), {
      state: low ? 'degraded' : 'online',
      ...(low && { fault: '纸量不足' }),
      paper_pct: Math.max(0, Math.round(paper)),
      ...health(device, at, story, random),
    });
  }
}

function tell(story: Story, { id }: Device, at: number, report: DeviceReport): void {
  const signal = { type: 'state' as const, at, ...report };
  story.drafts.push({ device: id, stream: 'device', signal });
}

/** Round trip and loss of the three lines, with one bad quarter of an hour on one of them. */
function tellLinks(story: Story): void {
  const random = story.random.fork('links');
  const lines = [
    { zone: 'internet', device: 'net-internet', rtt: 18 },
    { zone: 'government', device: 'net-government', rtt: 6 },
    { zone: 'department', device: 'net-department', rtt: 11 },
  ] as const;
  const bad = random.pick(lines);
  const badFrom = story.start + random.between(9, 16.5) * HOUR;
  for (const line of lines) {
    for (let at = story.start + 7 * HOUR; at < story.start + 19 * HOUR; at += MINUTE) {
      const poor = line === bad && at >= badFrom && at < badFrom + 14 * MINUTE;
      const rtt = random.duration(line.rtt * (poor ? 9 : 1), poor ? 0.6 : 0.25);
      const loss = poor ? random.between(1, 9) : random.chance(0.02) ? random.between(0.1, 0.8) : 0;
      story.drafts.push({
        device: line.device,
        stream: 'network',
        signal: {
          type: 'link',
          at: Math.round(at + random.between(0, 4) * 1_000),
          zone: line.zone,
          rtt_ms: Math.round(rtt * 10) / 10,
          loss_pct: Math.round(loss * 10) / 10,
        },
      });
    }
  }
}
