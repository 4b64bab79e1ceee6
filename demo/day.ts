// One whole business day of the demo hall as the signals of its devices. Pure: the same day, told again, is the same.
import type { HallConfig } from '../hall/config.ts';
import { drawVisits } from './day/arrivals.ts';
import { tellEquipment } from './day/equipment.ts';
import { tellCases, tellOpinions } from './day/opinions.ts';
import { tellAttendance, tellPresence } from './day/presence.ts';
import { drawShifts, dutyWindows } from './day/roster.ts';
import { beginStory, endStory, type DemoEvent } from './day/story.ts';
import { workDay } from './day/windows.ts';

export { asReceived, type DemoEvent } from './day/story.ts';

/**
 * Everything that the devices of `config` send on `date`: about 1,300 tickets from issue to opinion, windows,
 * people, equipment, links and cases.
 * @param date YYYY-MM-DD in the hall's zone
 * @param seed another seed is another day; ids are the same for the same hall, zone, date and seed
 * @returns signals in order of `at` (integer ms), each with its sender
 */
export function demoDay(config: HallConfig, date: string, seed = ''): DemoEvent[] {
  const story = beginStory(config, date, seed);
  const visits = drawVisits(story, new Set(dutyWindows(story).keys()));
  const shifts = drawShifts(story);
  const { stays, services } = workDay(story, shifts, visits);
  tellAttendance(story, shifts);
  tellOpinions(story, services);
  tellCases(story, services);
  tellPresence(story, stays, visits);
  tellEquipment(story, visits);
  return endStory(story);
}
