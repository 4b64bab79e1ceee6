// What is said of the wait to everybody who takes a number on a simulated day, beside the wait that came.
import { asReceived, type DemoEvent } from '../../demo/day.ts';
import type { HallConfig } from '../../hall/config.ts';
import { waitMs } from '../../hall/figure.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { get } from '../../hall/table.ts';
import { cutting, type Cutting } from '../../hall/view/cut.ts';
import { dayBounds } from '../../hall/zone-time.ts';

export interface Outcome<Said> {
  readonly said: Said;
  /** ms */
  readonly wait: number;
}

/**
 * @param ask called for each number before it is issued; appointments whose time has not come are left out
 * @returns of ordinary visitors who were served
 */
export function replayDay<Said>(
  config: HallConfig,
  date: string,
  events: readonly DemoEvent[],
  ask: (cut: Cutting, queue: string) => Said,
): Outcome<Said>[] {
  let hall = startHall(config, dayBounds(config.hall.timezone, date)[0]);
  const asked: { ticket: string; said: Said }[] = [];
  for (const [seq, event] of events.entries()) {
    const { at } = event;
    if (event.stream === 'ticket' && event.signal.type === 'issued') {
      const { ticket, queue, appointment_at } = event.signal;
      const isNow = (appointment_at ?? at) <= at;
      if (isNow) asked.push({ ticket, said: ask(cutting(hall, config, at), queue) });
    }
    hall = fold(hall, config, asReceived(event, seq + 1));
  }
  return asked.flatMap(({ ticket, said }) => {
    const visit = get(hall.tickets, ticket);
    const wait = visit?.class === 'normal' ? waitMs(visit, hall.day.open) : undefined;
    return wait === undefined ? [] : [{ said, wait }];
  });
}

/** The cut at the begin of each minute in which something happens. */
export function replayMinutes(
  config: HallConfig,
  date: string,
  events: readonly DemoEvent[],
  look: (cut: Cutting) => void,
): void {
  let hall = startHall(config, dayBounds(config.hall.timezone, date)[0]);
  let next = 0;
  for (const [seq, event] of events.entries()) {
    const minute = event.at - (event.at % 60_000);
    if (minute >= next) {
      look(cutting(hall, config, minute));
      next = minute + 60_000;
    }
    hall = fold(hall, config, asReceived(event, seq + 1));
  }
}
