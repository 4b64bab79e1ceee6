// How many people the demo hall's counters see: each minute and zone, in step with who waits and is served.
import { MINUTE, arrivalDensity } from './profile.ts';
import type { Visit } from './arrivals.ts';
import type { Story } from './story.ts';
import type { Shift } from './roster.ts';
import type { Stay } from './windows.ts';

/** Counters report from half an hour before the first opening until half an hour after the last. */
const MARGIN_MS = 30 * MINUTE;
/** Not everybody comes alone. */
const COMPANIONS = 1.3;

/** @param step minutes between two counts */
export function tellPresence(
  story: Story,
  stays: readonly Stay[],
  visits: readonly Visit[],
  step: number,
): void {
  const first = story.openings[0];
  const last = story.openings.at(-1);
  if (first === undefined || last === undefined) return;
  const from = first[0] - MARGIN_MS;
  const minutes = Math.round((last[1] + MARGIN_MS - from) / MINUTE);
  const present = headcounts(stays, from, minutes);
  for (const zone of story.config.zones) {
    const random = story.random.fork(`presence ${zone.id}`);
    const device = story.deviceAt('counter', { zone: zone.id });
    const heads = present.get(zone.id);
    const offset = random.whole(0, 50) * 1_000;
    for (let minute = 0; minute < minutes; minute += step) {
      const at = from + minute * MINUTE + offset;
      const strolling =
        arrivalDensity(story.openings, at) * strollers(zone.kind, zone.capacity ?? 50);
      const expected = (heads?.[minute] ?? 0) * COMPANIONS + strolling;
      const count = Math.max(0, Math.round(random.normal(expected, Math.sqrt(expected) * 0.25)));
      const signal = { type: 'count' as const, at, zone: zone.id, present: count };
      story.drafts.push({ device, stream: 'occupancy', signal });
    }
  }
  tellFlow(story, stays, visits, { from, minutes, step });
}

/** People who hold no ticket: asking, using machines, passing, parked. */
function strollers(kind: string, capacity: number): number {
  const share = { advice: 0.3, 'self-service': 0.4, entrance: 0.09, parking: 0.6 }[kind] ?? 0.03;
  return capacity * share;
}

/** Zone → people with a ticket at the middle of each minute. */
function headcounts(stays: readonly Stay[], from: number, minutes: number): Map<string, number[]> {
  const counts = new Map<string, number[]>();
  for (const stay of stays) {
    const of = counts.get(stay.zone) ?? new Array<number>(minutes).fill(0);
    counts.set(stay.zone, of);
    const begin = Math.max(0, Math.round((stay.from - from) / MINUTE));
    const end = Math.min(minutes, Math.round((stay.to - from) / MINUTE));
    for (let minute = begin; minute < end; minute += 1) of[minute] = (of[minute] ?? 0) + 1;
  }
  return counts;
}

/** In and out at the entrance: visitors a little before their ticket, staff early and late. */
function tellFlow(
  story: Story,
  stays: readonly Stay[],
  visits: readonly Visit[],
  { from, minutes, step }: { from: number; minutes: number; step: number },
): void {
  const entrance = story.config.zones.find(({ kind }) => kind === 'entrance');
  if (entrance === undefined) return;
  const random = story.random.fork('flow');
  const device = story.deviceAt('counter', { zone: entrance.id });
  const came = new Array<number>(minutes).fill(0);
  const went = new Array<number>(minutes).fill(0);
  const count = (list: number[], at: number) => {
    const minute = Math.floor((at - from) / MINUTE);
    if (minute >= 0 && minute < minutes) list[minute] = (list[minute] ?? 0) + 1;
  };
  for (const { issuedAt } of visits) {
    const party = random.chance(COMPANIONS - 1) ? 2 : 1;
    for (let head = 0; head < party; head += 1)
      count(came, issuedAt - random.between(20, 150) * 1_000);
  }
  for (const stay of stays) {
    if (stay.doing === 'at the window') count(went, stay.to + random.between(60, 400) * 1_000);
    if (random.chance((COMPANIONS - 1) * 0.6))
      count(went, stay.to + random.between(60, 400) * 1_000);
  }
  const sum = (list: readonly number[]) => list.reduce((total, heads) => total + heads, 0);
  for (let minute = 0; minute < minutes; minute += step) {
    const [in_, out] = [came, went].map((list) => sum(list.slice(minute, minute + step)));
    const at = from + (minute + step) * MINUTE - 2_000;
    const signal = { type: 'flow' as const, at, zone: entrance.id, in: in_ ?? 0, out: out ?? 0 };
    story.drafts.push({ device, stream: 'occupancy', signal });
  }
}

/** Who clocks in, is on leave, clocks out: at the terminal of the window's floor. */
export function tellAttendance(story: Story, shifts: readonly Shift[]): void {
  const terminals = story.config.devices.filter(({ id }) => /^clock-/.test(id));
  const floorOf = (zone: string | undefined) => story.index.zones.get(zone ?? '')?.floor;
  for (const shift of shifts) {
    const [session] = shift.sessions;
    const lastEnd = shift.sessions.at(-1)?.to;
    if (session === undefined || lastEnd === undefined) continue;
    const random = story.random.fork(`attendance ${shift.window.id}`);
    const floor = floorOf(shift.window.zone);
    const device =
      (terminals.find(({ zone }) => floorOf(zone) === floor) ?? terminals[0])?.id ?? 'clock-1';
    const window = shift.window.id;
    const tell = (staff: string, state: 'in' | 'out' | 'leave', at: number) =>
      story.drafts.push({
        device,
        stream: 'staff',
        signal: { type: 'clock', at: Math.round(at), staff, state, window },
      });
    const arrival = session.from - random.between(6, 28) * MINUTE;
    const departure = lastEnd + random.between(3, 25) * MINUTE;
    const { staff, substitute, covered } = shift;
    if (covered) tell(staff, 'leave', arrival - 5 * MINUTE);
    else tell(staff, 'in', arrival);
    if (!covered) tell(staff, 'out', departure);
    if (substitute !== undefined) {
      tell(substitute, 'in', arrival - random.between(0, 4) * MINUTE);
      tell(substitute, 'out', departure + random.between(0, 4) * MINUTE);
    }
  }
}
