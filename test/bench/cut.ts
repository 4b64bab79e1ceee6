// What it costs to cut a view and to find what changed, after each ticket event of the demo hall's late morning.
import { asReceived, type DemoEvent } from '../../demo/day.ts';
import type { HallConfig } from '../../hall/config.ts';
import { Ledger } from '../../hall/figure/ledger.ts';
import { diff } from '../../hall/diff.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { NO_STATUS } from '../../hall/gateway-status.ts';
import { cutView } from '../../hall/view/index.ts';
import { bench, quantile, type Figure } from './rig/bench.ts';
import { livedDay } from './rig/demo-hall.ts';

const VIEWS = [
  { name: 'live', below: 150 },
  { name: 'screen:b1', below: 60 },
] as const;

/** Small and large, in visits of one day. */
const VISITS = [5_000, 20_000] as const;

await bench('cut', async () => {
  const { hall: file, events } = livedDay();
  const figures = VIEWS.map(({ name, below }) => {
    let hall = startHall(file.config, events[0]?.at ?? 0);
    let before: unknown;
    const times: number[] = [];
    const beats: number[] = [];
    const timed = (now: number, list: number[]) => {
      const began = performance.now();
      const view = cutView(name, hall, file.config, now);
      diff(before, view);
      list.push((performance.now() - began) * 1000);
      before = view;
    };
    for (const [seq, event] of events.entries()) {
      const isTimed = event.stream === 'ticket';
      // What changes with the seconds alone, as the gateway's own beat does it.
      if (isTimed) timed(event.at, beats);
      hall = fold(hall, file.config, asReceived(event, seq + 1));
      if (isTimed) timed(event.at, times);
    }
    // The first thousand are the engine's warming up.
    const warm = times.slice(1000);
    return {
      ...{ name: `${name}: cut and difference, p50`, value: quantile(warm, 0.5), unit: 'µs' },
      ...{ digits: 0, aim: { below } },
      beside: `at best (p5) ${quantile(warm, 0.05).toFixed(0)} µs; once a second p50 ${quantile(beats, 0.5).toFixed(0)} µs; ${warm.length} events`,
    };
  });
  return [...figures, flushOf(file.config, events), ...firstTalliesOf(file.config, events)];
});

/** The tallies that a gateway makes at its start, of a day of so many visits: they grow as the day does. */
function firstTalliesOf(config: HallConfig, events: readonly DemoEvent[]): Figure[] {
  const milliseconds = VISITS.map((visits) => {
    const hall = dayOf(config, events, visits);
    const began = performance.now();
    new Ledger().follow(hall);
    return performance.now() - began;
  });
  const [small = 0, large = 0] = milliseconds;
  const ratio = VISITS[1] / VISITS[0];
  return [
    {
      ...{ name: `tallies of ${VISITS[1]} visits ÷ of ${VISITS[0]}`, unit: '×', digits: 1 },
      ...{ value: large / small, aim: { below: 2 * ratio } },
      beside: `${small.toFixed(0)} and ${large.toFixed(0)} ms`,
    },
  ];
}

/** The tickets of the demo's day again and again, each time with numbers of their own. */
function dayOf(config: HallConfig, events: readonly DemoEvent[], visits: number): Hall {
  const room = { ...config, limits: { ...config.limits, tickets_max: 2 * visits } };
  let hall = startHall(room, events[0]?.at ?? 0);
  let issued = 0;
  let seq = 0;
  for (let round = 0; issued < visits; round++) {
    for (const event of events) {
      if (event.stream !== 'ticket') continue;
      if (event.signal.type === 'issued') issued++;
      const ticket = `${event.signal.ticket}-${round}`;
      const again = { ...event, signal: { ...event.signal, ticket } } as DemoEvent;
      hall = fold(hall, room, asReceived(again, ++seq));
    }
  }
  return hall;
}

/** All pages of the hall after one ticket event, with the parts of the moment shared as the live stream does it. */
function flushOf(config: HallConfig, events: readonly DemoEvent[]): Figure {
  const names = ['live', ...config.screens.map(({ id }) => `screen:${id}`)];
  const measure = (isShared: boolean) => {
    let hall = startHall(config, events[0]?.at ?? 0);
    const times: number[] = [];
    for (const [seq, event] of events.entries()) {
      hall = fold(hall, config, asReceived(event, seq + 1));
      if (event.stream !== 'ticket') continue;
      const began = performance.now();
      for (const name of names) {
        const gatewayStatus = isShared ? NO_STATUS : { ...NO_STATUS };
        cutView(name, hall, config, event.at, gatewayStatus);
      }
      times.push((performance.now() - began) * 1000);
    }
    return quantile(times.slice(1000), 0.5);
  };
  const [apart, shared] = [measure(false), measure(true)];
  return {
    ...{ name: `${names.length} views of one moment, p50`, value: shared, unit: 'µs', digits: 0 },
    beside: `each with parts of its own ${apart.toFixed(0)} µs, ${(apart / shared).toFixed(1)} times as much`,
  };
}
