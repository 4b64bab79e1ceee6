// Past days of a hall by half hour, from the signals that its devices told on each: as the facts' thread makes them.
import { asReceived, type DemoEvent } from '../../demo/day.ts';
import type { HallConfig } from '../../hall/config.ts';
import { visitFact } from '../../hall/fact.ts';
import { visitColumns } from '../../hall/figure/columns.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { waitHours } from '../../hall/state.ts';
import { values } from '../../hall/table.ts';
import { dayBins, type DayBins } from '../../hall/usual-day.ts';
import { dayBounds } from '../../hall/zone-time.ts';

export function pastDay(config: HallConfig, date: string, events: readonly DemoEvent[]): DayBins {
  const [start] = dayBounds(config.hall.timezone, date);
  const over = events.reduce(
    (hall, event, index) => fold(hall, config, asReceived(event, index + 1)),
    startHall(config, start),
  );
  const hours = waitHours(over.day);
  const facts = [...values(over.tickets)].map((visit) =>
    visitFact(visit, config, hours, over.day.end, true),
  );
  return dayBins(config, date, [visitColumns(facts)]);
}
