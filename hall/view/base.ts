// What every cut begins with: the hall's face, opening, emergencies, a screen's face.
import { nextChange } from '../calendar.ts';
import { digest } from '../signal-id.ts';
import { wallTime } from '../zone-time.ts';
import type { HallConfig, Screen } from '../config.ts';
import { NOTHING_OUTSIDE, type Outside } from '../outside.ts';
import type { EmergencyKind } from '../signal.ts';
import type { Hall } from '../state.ts';
import type {
  EmergencyNotice,
  HallFace,
  Name,
  Notice,
  Opening,
  ScreenFace,
  ViewBase,
} from './common.ts';
import { memoryOf, type Memory } from './memory.ts';

const SECOND_MS = 1000;

/** What a cut works on. */
export interface Cutting {
  readonly hall: Hall;
  readonly config: HallConfig;
  readonly now: number;
  readonly memory: Memory;
  readonly outside: Outside;
}

export function cutting(
  hall: Hall,
  config: HallConfig,
  now: number,
  outside: Outside = NOTHING_OUTSIDE,
): Cutting {
  const memory = memoryOf(config);
  memory.ledger.follow(hall);
  return { hall, config, now, memory, outside };
}

/** The base of a view; `zone` limits emergencies to those that concern it. */
export function viewBase(cut: Cutting, zone?: string): ViewBase {
  const { config, memory } = cut;
  return {
    hall: memory.recall('face', '', [config.hall], () => hallFace(config)),
    opening: opening(cut),
    emergencies: memory.recall('emergencies', zone ?? '', [cut.hall.emergencies], () =>
      emergencies(cut.hall, zone),
    ),
    staleMs: config.freshness.page_s * SECOND_MS,
  };
}

interface FileName {
  readonly zh: string;
  readonly en?: string | undefined;
  readonly 'zh-Hant'?: string | undefined;
}

const names = new WeakMap<FileName, Name>();

/** A name of the hall file without keys that have no value; always the same object for the same name. */
export function plainName(name: FileName): Name {
  const known = names.get(name);
  if (known) return known;
  const plain: Name = {
    zh: name.zh,
    ...(name.en === undefined ? undefined : { en: name.en }),
    ...(name['zh-Hant'] === undefined ? undefined : { 'zh-Hant': name['zh-Hant'] }),
  };
  names.set(name, plain);
  return plain;
}

export function screenFace(cut: Cutting, screen: Screen): ScreenFace {
  const { config, memory } = cut;
  return memory.recall('screen', screen.id, [screen], () => {
    const zone = config.zones.find(({ id }) => id === screen.zone);
    return {
      id: screen.id,
      name: plainName(screen.name),
      layout: screen.layout,
      ...(zone ? { zoneName: plainName(zone.name) } : undefined),
      diagonal_in: screen.diagonal_in,
      width: screen.resolution.width,
      height: screen.resolution.height,
      distance_m: screen.distance_m,
      theme: config.board.theme,
    };
  });
}

/** Notices of the hall file that stand on the hall's present date. */
export function notices({ hall, config, memory }: Cutting): readonly Notice[] {
  const { date } = hall.day;
  return memory.recall('notices', '', [date], () => {
    const same = new Map<string, number>();
    return config.notices
      .filter(({ from, to }) => (from ?? date) <= date && date <= (to ?? date))
      .map(({ title, body }) => {
        const text = digest(JSON.stringify([title, body]));
        const nth = (same.get(text) ?? 0) + 1;
        same.set(text, nth);
        return {
          id: nth === 1 ? text : `${text}-${nth}`,
          title: plainName(title),
          ...(body ? { body: plainName(body) } : undefined),
        };
      });
  });
}

function hallFace({ hall }: HallConfig): HallFace {
  const { id, name, timezone, demo } = hall;
  return { id, name: plainName(name), timezone, demo };
}

function opening({ hall, config, now, memory }: Cutting): Opening {
  const { open } = hall.day;
  const isOpen = open.some(([from, to]) => now >= from && now < to);
  const isAhead = open.some(([from]) => now < from);
  const isBreak = !isOpen && isAhead && open.some(([, to]) => now >= to);
  const state = isOpen ? 'open' : isBreak ? 'break' : 'closed';
  // Between two opening or closing times nothing of this changes.
  const bounds = open.flat().filter((at) => at <= now).length;
  return memory.recall('opening', '', [hall.day, state, bounds], () => {
    const change = nextChange(config, now);
    const { timezone } = config.hall;
    return {
      state,
      hours: open.map(([from, to]) => `${clock(timezone, from)}-${clock(timezone, to, true)}`),
      ...(change ? { changesAt: change.at } : undefined),
      ...(state === 'closed' && isAhead ? { opensToday: true as const } : undefined),
    };
  });
}

function clock(timezone: string, at: number, isEnd = false): string {
  const { minute } = wallTime(timezone, at);
  const shown = isEnd && minute === 0 ? 1440 : minute;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(shown / 60))}:${two(shown % 60)}`;
}

function emergencies(hall: Hall, zone: string | undefined): ViewBase['emergencies'] {
  const shown: Partial<Record<EmergencyKind, EmergencyNotice>> = {};
  for (const [kind, emergency] of Object.entries(hall.emergencies)) {
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
  return shown;
}
