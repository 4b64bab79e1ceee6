// For showing overload: every 30 seconds some windows that have nothing else to do call at the same second.
import { indexHall, type HallConfig, type Window } from '../../hall/config.ts';
import type { TicketSignal, WindowSignal } from '../../hall/signal.ts';
import type { DemoEvent } from '../day.ts';

const EVERY_MS = 30_000;
const SECOND = 1_000;
/** From its call to its end a burst's ticket takes so long; its window must be free for that time. */
const LENGTH_MS = 26 * SECOND;

/**
 * @param count windows that call at once, as far as so many are idle
 * @returns for a day and a stretch of time, the signals of the bursts that begin in it; they end within 30 s,
 *   which is why some of them lie after `to`
 */
export function createBursts(config: HallConfig, count: number) {
  const callers = new Map(
    config.devices.filter(({ kind }) => kind === 'caller').map(({ id, window }) => [window, id]),
  );
  const dispenser = config.devices.find(({ kind }) => kind === 'dispenser')?.id;
  const queues = indexHall(config).queues;
  let later: DemoEvent[] = [];
  let number = 0;

  const burst = (at: number, window: Window): DemoEvent[] => {
    const caller = callers.get(window.id);
    const queue = queues.get(window.queues[0] ?? '');
    if (caller === undefined || queue === undefined || dispenser === undefined) return [];
    number += 1;
    const ticket = `${queue.prefix ?? ''}9${String(number % 1_000).padStart(3, '0')}`;
    const id = (step: string) => `burst-${at.toString(36)}-${window.id}-${step}`;
    const tell = (device: string, signal: TicketSignal & { readonly at: number }): DemoEvent => {
      return { at: signal.at, device, stream: 'ticket', signal };
    };
    const show = (state: WindowSignal['state'], then: number): DemoEvent => {
      const signal = { type: 'state' as const, id: id(state), at: then, window: window.id, state };
      return { at: then, device: caller, stream: 'window', signal };
    };
    const about = { ticket, window: window.id };
    const served = at + 10 * SECOND;
    const end = at + LENGTH_MS;
    const issued = at - SECOND;
    return [
      tell(dispenser, { type: 'issued', id: id('issued'), at: issued, ticket, queue: queue.id }),
      tell(caller, { type: 'called', id: id('called'), at, ...about }),
      show('calling', at),
      tell(caller, { type: 'serving', id: id('taken'), at: served, ...about }),
      show('serving', served),
      tell(caller, { type: 'completed', id: id('completed'), at: end, ...about, outcome: 'done' }),
      show('idle', end),
    ];
  };

  return (day: readonly DemoEvent[], from: number, to: number): DemoEvent[] => {
    const at = Math.ceil((from + 1) / EVERY_MS) * EVERY_MS;
    if (at <= to) {
      for (const window of idleWindows(config, day, at).slice(0, count))
        later.push(...burst(at, window));
    }
    const due = later.filter((event) => event.at <= to);
    later = later.filter((event) => event.at > to);
    return due;
  };
}

/** Windows whose last state is idle and that the day leaves alone until a burst is over. */
function idleWindows(config: HallConfig, day: readonly DemoEvent[], at: number): Window[] {
  const states = new Map<string, string>();
  const taken = new Set<string>();
  for (const event of day) {
    if (event.at > at + LENGTH_MS) break;
    if (event.stream === 'window') {
      if (event.at <= at) states.set(event.signal.window, event.signal.state);
      else taken.add(event.signal.window);
    }
  }
  return config.windows.filter(({ id, role }) => {
    return role === 'front' && states.get(id) === 'idle' && !taken.has(id);
  });
}
