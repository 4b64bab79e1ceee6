// Days of a hall that is built otherwise than the demo's: small, open from nine to five without a break, twice as many
// visitors as usual before noon, short and long services without anything between, strictly first come first served.
import type { DemoEvent } from '../../demo/day.ts';
import { createAgenda } from '../../demo/day/agenda.ts';
import { seededRandom } from '../../demo/day/random.ts';
import type { HallConfig } from '../../hall/config.ts';
import { dayBounds } from '../../hall/zone-time.ts';
import { MINUTE, sampleHall } from './sample.ts';

const SECOND = 1000;
const HOUR = 60 * MINUTE;

/** Visitors an hour, windows, minutes of a short and of a long service, share of the long ones. */
const QUEUES = [
  { id: 'passports', prefix: 'P', rate: 16, windows: 2, short: 3, long: 14, longShare: 0.25 },
  { id: 'cars', prefix: 'C', rate: 26, windows: 3, short: 4, long: 9, longShare: 0.4 },
  { id: 'taxes', prefix: 'T', rate: 13, windows: 5, short: 8, long: 35, longShare: 0.25 },
] as const;

const windowsOf = ({ id, windows }: (typeof QUEUES)[number]) =>
  Array.from({ length: windows }, (_, index) => `${id}-${index + 1}`);

export function countyHall(): HallConfig {
  return sampleHall(countyYaml);
}

export function countyYaml(): string {
  const lines = QUEUES.flatMap((queue) =>
    windowsOf(queue).map(
      (id) => `  - { id: ${id}, label: "${id}", zone: z2, queues: [${queue.id}] }`,
    ),
  );
  return `
hall: { id: county, name: { zh: 县大厅, en: County Hall }, timezone: Europe/Berlin, level: county }
hours: { daily: ["09:00-17:00"], holidays: none }
floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z2, name: 办事区, floor: f1, kind: windows }]
queues:
${QUEUES.map(({ id, prefix }) => `  - { id: ${id}, name: ${id}, zone: z2, prefix: ${prefix} }`).join('\n')}
windows:
${lines.join('\n')}
`;
}

interface Visit {
  readonly ticket: string;
  readonly serviceMs: number;
  readonly comes: boolean;
}

/** All that the hall's devices send on `date`. */
export function countyDay(config: HallConfig, date: string, seed: string): DemoEvent[] {
  const events: DemoEvent[] = [];
  const agenda = createAgenda();
  const nine = dayBounds(config.hall.timezone, date)[0] + 9 * HOUR;
  const tell = (stream: 'ticket' | 'window', at: number, fields: object) => {
    const signal = { id: `${seed}-${events.length}`, at, ...fields };
    // The fields are those of the stream's signals.
    events.push({ device: 'county', stream, at, signal } as unknown as DemoEvent);
  };
  for (const queue of QUEUES) {
    const random = seededRandom(`${seed} ${queue.id}`);
    const line: Visit[] = [];
    const free = new Set<string>();
    const state = (window: string, at: number, name: string) =>
      tell('window', at, { type: 'state', window, state: name });
    const ready = (window: string, at: number): void => {
      if (at >= nine + 8 * HOUR && line.length === 0) return state(window, at, 'closed');
      if (random.chance(0.02)) {
        state(window, at, 'paused');
        agenda.plan(at + random.between(5, 25) * MINUTE, (then) => {
          state(window, then, 'idle');
          ready(window, then);
        });
        return;
      }
      const visit = line.shift();
      if (visit) call(window, visit, at);
      else free.add(window);
    };
    const leave = (window: string, at: number) => {
      state(window, at, 'idle');
      agenda.plan(at + random.between(10, 90) * SECOND, (then) => ready(window, then));
    };
    const call = (window: string, { ticket, serviceMs, comes }: Visit, at: number) => {
      state(window, at, 'calling');
      tell('ticket', at, { type: 'called', ticket, window });
      const begin = at + random.between(20, 70) * SECOND;
      agenda.plan(begin, (then) => {
        if (!comes) {
          tell('ticket', then, { type: 'no_show', ticket, window });
          return leave(window, then);
        }
        state(window, then, 'serving');
        tell('ticket', then, { type: 'serving', ticket, window });
        agenda.plan(then + serviceMs, (end) => {
          tell('ticket', end, { type: 'completed', ticket, window });
          leave(window, end);
        });
      });
    };
    for (const window of windowsOf(queue)) {
      agenda.plan(nine + random.between(0, 4) * MINUTE, (at) => {
        state(window, at, 'idle');
        ready(window, at);
      });
    }
    let count = 0;
    for (let at = nine; ;) {
      const rate = queue.rate * (at < nine + 3 * HOUR ? 1.15 : 0.7);
      at += (-Math.log(1 - random.unit()) * HOUR) / rate;
      if (at > nine + 7.7 * HOUR) break;
      const minutes = random.chance(queue.longShare) ? queue.long : queue.short;
      const visit = {
        ticket: `${queue.prefix}${String(++count).padStart(3, '0')}`,
        serviceMs: Math.round(random.duration(minutes, 0.2) * MINUTE),
        comes: !random.chance(0.1),
      };
      agenda.plan(at, (then) => {
        tell('ticket', then, {
          type: 'issued',
          ticket: visit.ticket,
          queue: queue.id,
          class: 'normal',
        });
        line.push(visit);
        const [window] = free;
        if (window === undefined) return;
        free.delete(window);
        agenda.plan(then + random.between(2, 15) * SECOND, (later) => ready(window, later));
      });
    }
  }
  agenda.run();
  return events;
}
