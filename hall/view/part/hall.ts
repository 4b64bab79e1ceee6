// What every view begins with: the hall's face, its opening, emergencies, and when a page calls itself stale. SPEC §7.8, 7.9.
import { nextChange } from '../../calendar.ts';
import type { HallConfig } from '../../config.ts';
import type { EmergencyKind } from '../../signal.ts';
import type { Day, Hall } from '../../state.ts';
import { wallTime } from '../../zone-time.ts';
import type { EmergencyNotice, HallFace, Opening } from '../common.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { plainName } from '../name.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

export const hallFace = part('hall', ({ config, memory }) => faceOf(memory, '', config));

const faceOf = memo(({ hall: { id, name, timezone, demo } }: HallConfig): HallFace => {
  return { id, name: plainName(name), timezone, demo };
});

export const opening = part('hall', ({ hall, config, now, memory }) => {
  const { open } = hall.day;
  const isOpen = open.some(([from, to]) => now >= from && now < to);
  const isAhead = open.some(([from]) => now < from);
  const isBreak = !isOpen && isAhead && open.some(([, to]) => now >= to);
  const state = isOpen ? 'open' : isBreak ? 'break' : 'closed';
  // Halls open and close at whole minutes.
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return openingAt(memory, '', config, hall.day, state, isAhead, minute);
});

const openingAt = memo(
  (
    config: HallConfig,
    { open }: Day,
    state: Opening['state'],
    isAhead: boolean,
    minute: number,
  ): Opening => {
    const change = nextChange(config, minute);
    const { timezone } = config.hall;
    return {
      state,
      hours: open.map(([from, to]) => `${clock(timezone, from)}-${clock(timezone, to, true)}`),
      ...(change ? { changesAt: change.at } : undefined),
      ...(state === 'closed' && isAhead ? { opensToday: true as const } : undefined),
    };
  },
);

function clock(timezone: string, at: number, isEnd = false): string {
  const { minute } = wallTime(timezone, at);
  const shown = isEnd && minute === 0 ? 1440 : minute;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(shown / 60))}:${two(shown % 60)}`;
}

export const emergencies = part('zone', ({ hall, memory }, zone) =>
  emergenciesOf(memory, zone ?? '', hall.emergencies, zone),
);

/** Those that concern the zone. */
const emergenciesOf = memo((all: Hall['emergencies'], zone: string | undefined) => {
  const shown: Partial<Record<EmergencyKind, EmergencyNotice>> = {};
  for (const [kind, emergency] of Object.entries(all)) {
    const { zones, since, message, drill } = emergency;
    if (zone !== undefined && !zones.includes('*') && !zones.includes(zone)) continue;
    const zh = message?.zh ?? message?.en;
    const en = message?.en;
    const text = zh === undefined ? undefined : { zh, ...(en === undefined ? undefined : { en }) };
    // Object.entries widens the keys of a record of EmergencyKind to string.
    shown[kind as EmergencyKind] = {
      kind: kind as EmergencyKind,
      since,
      ...(text && { message: text }),
      ...(drill && { drill }),
    };
  }
  return shown as Readonly<typeof shown>;
});

export const staleMs = part('hall', ({ config }) => config.freshness.page_s * SECOND_MS);
