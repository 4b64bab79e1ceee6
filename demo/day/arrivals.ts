// Who comes to the demo hall: when, for what, in which class, and how long they will need.
import { bisector } from 'd3-array';
import type { TicketClass } from '../../hall/signal.ts';
import { MINUTE, SHARE, arrivalDensity, queueProfile, ticketsOn } from './profile.ts';
import { seededRandom } from './random.ts';
import type { Story } from './story.ts';

/** A visitor with a ticket, and what became of them so far. */
export interface Visit {
  readonly number: string;
  readonly issuedAt: number;
  readonly service: string | undefined;
  readonly class: TicketClass;
  readonly channel: 'kiosk' | 'mobile' | 'appointment' | 'desk';
  readonly appointmentAt: number | undefined;
  readonly dispenser: string;
  readonly serviceMs: number;
  queue: string;
  zone: string;
  /** Since when they wait in the present queue. */
  waitsFrom: number;
  firstServedAt: number | undefined;
  returned: boolean;
  transferred: boolean;
  held: boolean;
}

const STEP = MINUTE;

/** The day's visitors in order of arrival. @param duty queues that are served between openings too */
export function drawVisits(story: Story, duty: ReadonlySet<string>): Visit[] {
  const { config, openings } = story;
  const random = story.random.fork('arrivals');
  const drawMinute = minutesByDensity(story);
  if (openings.length === 0 || config.queues.length === 0) return [];

  const total = Math.round(ticketsOn(story.date) * random.between(0.97, 1.03));
  const arrivals: { at: number; queue: string }[] = [];
  while (arrivals.length < total) {
    const minute = drawMinute(random.unit());
    const queue = random.weighted(config.queues, ({ id }) => queueProfile(id).weight);
    if (minute === undefined || queue === undefined) break;
    const at = Math.round(minute + random.unit() * STEP);
    const between = at > (openings[0]?.[0] ?? 0) && !openings.some(([a, b]) => at >= a && at < b);
    if (!between || duty.has(queue.id)) arrivals.push({ at, queue: queue.id });
  }
  arrivals.sort((a, b) => a.at - b.at);
  const numbers = new Map<string, number>();
  return arrivals.map(({ at, queue }) => {
    const number = (numbers.get(queue) ?? 0) + 1;
    numbers.set(queue, number);
    return drawVisit(story, at, queue, number);
  });
}

/** A draw of 0 … 1 → a minute of the day, the denser the likelier. */
function minutesByDensity({ start, end, openings }: Story): (draw: number) => number | undefined {
  const cumulated: { at: number; upTo: number }[] = [];
  let sum = 0;
  for (let at = start; at < end; at += STEP) {
    const density = arrivalDensity(openings, at);
    if (density > 0) cumulated.push({ at, upTo: (sum += density) });
  }
  const byShare = bisector<{ upTo: number }, number>(({ upTo }) => upTo);
  return (draw) => cumulated[byShare.right(cumulated, draw * sum)]?.at;
}

function drawVisit(story: Story, at: number, queue: string, count: number): Visit {
  const { config, index } = story;
  const random = story.random.fork(`visit ${queue} ${count}`);
  const place = index.queues.get(queue);
  const services = config.services.filter((service) => service.queue === queue);
  const service = random.weighted(services, ({ id }) => popularity(id));
  const prefix = place?.prefix ?? queue.toUpperCase();
  const channel = random.chance(SHARE.appointment)
    ? 'appointment'
    : random.chance(SHARE.mobile)
      ? 'mobile'
      : random.chance(SHARE.desk)
        ? 'desk'
        : 'kiosk';
  // Each service has its own pace around the queue's, and each visitor theirs around the service's.
  const pace = service === undefined ? 1 : 0.7 + 0.6 * popularity(service.id);
  const mean = queueProfile(queue).minutes * MINUTE * pace;
  const visitClass = random.chance(SHARE.priority)
    ? 'priority'
    : random.chance(SHARE.green)
      ? 'green'
      : 'normal';
  return {
    number: `${prefix}${String(count).padStart(3, '0')}`,
    issuedAt: at,
    service: service?.id,
    class: visitClass,
    channel,
    // People check in up to a quarter of an hour early.
    appointmentAt:
      channel === 'appointment'
        ? Math.ceil((at + random.between(0, 15) * MINUTE) / (5 * MINUTE)) * 5 * MINUTE
        : undefined,
    dispenser: dispenserFor(story, place?.zone ?? '', random.unit()),
    serviceMs: Math.round(
      Math.min(Math.max(random.duration(mean, 0.55), 1.2 * MINUTE), 38 * MINUTE),
    ),
    queue,
    zone: place?.zone ?? '',
    waitsFrom: at,
    firstServedAt: undefined,
    returned: false,
    transferred: false,
    held: false,
  };
}

/** 0.1 … 1, the same for a service on every day. */
function popularity(service: string): number {
  return 0.1 + 0.9 * seededRandom(`service ${service}`).unit();
}

/** A dispenser in the queue's own zone, else one on its floor, else one by the entrance. */
function dispenserFor(story: Story, zone: string, draw: number): string {
  const { config, index } = story;
  const floor = index.zones.get(zone)?.floor;
  const all = config.devices.filter(({ kind }) => kind === 'dispenser');
  const own = all.filter((device) => device.zone === zone);
  const near = all.filter((device) => index.zones.get(device.zone ?? '')?.floor === floor);
  const entrance = all.filter((device) => index.zones.get(device.zone ?? '')?.kind === 'entrance');
  const local = own.length > 0 ? own : near;
  const choice = entrance.length > 0 && (local.length === 0 || draw < 0.35) ? entrance : local;
  return choice[Math.floor(((draw * 1_000) % 1) * choice.length)]?.id ?? 'dispenser-1';
}
