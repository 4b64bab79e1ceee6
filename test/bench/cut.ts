// What it costs to cut a view and to find what changed, after each ticket event of the demo hall's late morning.
import { asReceived } from '../../demo/day.ts';
import { diff } from '../../hall/diff.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { cutView } from '../../hall/view/index.ts';
import { bench, quantile } from './rig/bench.ts';
import { livedDay } from './rig/demo-hall.ts';

const VIEWS = [
  { name: 'live', below: 150 },
  { name: 'screen:b1', below: 60 },
] as const;

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
  return figures;
});
