// One whole business day of the demo hall as the signals of its devices. Pure: the same day, told again, is the same.
import type { HallConfig } from '../hall/config.ts';
import { tellCases } from './day/cases.ts';
import { drawVisits, type Visit } from './day/arrivals.ts';
import { tellEquipment } from './day/equipment.ts';
import { tellOpinions } from './day/opinions.ts';
import { tellAttendance, tellPresence } from './day/presence.ts';
import { drawShifts, dutyWindows } from './day/roster.ts';
import { beginStory, endStory, type DemoEvent, type Story } from './day/story.ts';
import { workDay, type Help } from './day/windows.ts';

export { asReceived, type DemoEvent } from './day/story.ts';
export type { Help } from './day/windows.ts';

/**
 * Everything that the devices of `config` send on `date`: about 1,300 tickets from issue to opinion, windows,
 * people, equipment, links and cases.
 * @param date YYYY-MM-DD in the hall's zone
 * @param seed another seed is another day; ids are the same for the same hall, zone, date and seed
 * @param helps windows that somebody has serve another queue, or come back to their own: until the first of them the day is the same
 * @returns signals in order of `at` (integer ms), each with its sender
 */
export function demoDay(
  config: HallConfig,
  date: string,
  seed = '',
  helps: readonly Help[] = [],
): DemoEvent[] {
  const story = beginStory(config, date, seed);
  const visits = tellVisits(story, 1, helps);
  tellEquipment(story, visits);
  return endStory(story);
}

/** A day of the past as its visitors had it: people are counted every ten minutes, and equipment and links say nothing. */
export function pastDay(config: HallConfig, date: string): DemoEvent[] {
  const story = beginStory(config, date, '');
  tellVisits(story, 10);
  return endStory(story);
}

/** @param minutes between two counts of people */
function tellVisits(story: Story, minutes: number, helps: readonly Help[] = []): Visit[] {
  const visits = drawVisits(story, new Set(dutyWindows(story).keys()));
  const shifts = drawShifts(story);
  const { stays, services } = workDay(story, shifts, visits, helps);
  tellAttendance(story, shifts);
  tellOpinions(story, services);
  tellCases(story);
  tellPresence(story, stays, visits, minutes);
  return visits;
}
