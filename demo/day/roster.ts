// Who sits at which window of the demo hall today, when windows open, and who leaves when and why.
import type { Window } from '../../hall/config.ts';
import { MINUTE } from './profile.ts';
import type { Random } from './random.ts';
import type { Story } from './story.ts';

/** A stretch in which the window does not call. `cover` has a substitute take the seat instead. */
export interface Break {
  at: number;
  ms: number;
  kind: 'paused' | 'away' | 'cover';
  reason: string;
}

/** A window's day as planned; what visitors make of it is the simulation's. */
export interface Shift {
  readonly window: Window;
  readonly caller: string;
  /** Opens and closes; it closes later while people wait. */
  readonly sessions: readonly { from: number; to: number }[];
  readonly breaks: readonly Break[];
  readonly staff: string;
  readonly substitute: string | undefined;
  /** The substitute sits here all day: the regular colleague is on leave. */
  readonly covered: boolean;
}

const PAUSES = ['核对材料', '与后台核实', '业务系统缓慢', '设备调试', '打印机换纸'] as const;
const ABSENCES = ['领取档案', '短会', '陪同首席代表接待', '临时离岗', '用餐'] as const;
/** Reasons that nobody logged: what the away rate is about. */
const UNEXPLAINED = '';
/** So long after the opening, a queue with few windows cannot spare one: of three, one; of fewer, none. */
const PEAK = { from: 30 * MINUTE, to: 165 * MINUTE };
const FEW_WINDOWS = 3;
/** One of these windows is away for most of the morning, and nobody takes the seat: its queue is the day's trouble. */
const ABANDONED = {
  windows: ['w14', 'w23', 'w53'],
  from: 40 * MINUTE,
  ms: 125 * MINUTE,
  reason: '现场勘查，无人替岗',
} as const;

/** Queues that keep a window open through the lunch break: those of three windows or more. */
export function dutyWindows(story: Story): Map<string, string> {
  const duty = new Map<string, string>();
  for (const [queue, windows] of story.index.windowsOfQueue) {
    const own = windows.filter((window) => window.queues[0] === queue);
    const first = own[0];
    if (own.length >= 3 && first !== undefined) duty.set(queue, first.id);
  }
  return duty;
}

export function drawShifts(story: Story): Shift[] {
  const duty = new Set(dutyWindows(story).values());
  const abandoned = story.random.fork('abandoned').pick(ABANDONED.windows);
  const onLeave = leaves(story, abandoned);
  return story.config.windows.map((window) => {
    const random = story.random.fork(`window ${window.id}`);
    const sessions = sessionsOf(story, duty.has(window.id), random);
    const { staff, substitute } = staffOf(story, window);
    const covered = substitute !== undefined && onLeave.has(window.id);
    const coverable = substitute !== undefined && !covered;
    const breaks = breaksOf(sessions, coverable, isSpared(story, window, abandoned), random);
    return {
      window,
      caller: story.deviceAt('caller', { window: window.id }),
      sessions,
      breaks: window.id === abandoned ? abandonedFor(sessions, breaks) : breaks,
      staff,
      substitute,
      covered,
    };
  });
}

/** The window's regular colleague and the department's substitute, by the hall file's staff list. */
function staffOf({ config }: Story, window: Window): { staff: string; substitute?: string } {
  const department = window.department?.zh;
  const people = config.staff.filter((person) => person.department?.zh === department);
  const colleagues = config.windows.filter((each) => each.department?.zh === department);
  const place = colleagues.indexOf(window);
  const substitute = people[colleagues.length];
  return {
    staff: people[place]?.id ?? `staff-${window.id}`,
    ...(substitute !== undefined && { substitute: substitute.id }),
  };
}

/** Three windows whose colleague is on leave today and whose department has a substitute. */
function leaves(story: Story, abandoned: string): Set<string> {
  const random = story.random.fork('leave');
  const able = story.config.windows.filter(
    (window) => window.id !== abandoned && staffOf(story, window).substitute !== undefined,
  );
  const chosen = new Set<string>();
  for (let draw = 0; draw < 12 && chosen.size < Math.min(3, able.length); draw += 1) {
    const window = random.pick(able);
    if (window !== undefined) chosen.add(window.id);
  }
  return chosen;
}

function sessionsOf({ openings }: Story, onDuty: boolean, random: Random) {
  const sessions: { from: number; to: number }[] = [];
  for (const [from, to] of openings) {
    const early = random.chance(0.35) ? random.between(-9, -0.5) : random.between(0, 2.5);
    const late = random.chance(0.02) ? random.between(12, 35) : 0;
    const previous = sessions.at(-1);
    if (onDuty && previous !== undefined) previous.to = to;
    else sessions.push({ from: Math.round(from + (early + late) * MINUTE), to });
  }
  return sessions;
}

/** May leave in the peak. Where a window is abandoned, the others of its queue stay. */
function isSpared({ index }: Story, { id, queues: [queue = ''] }: Window, abandoned: string) {
  const windows = index.windowsOfQueue.get(queue) ?? [];
  if (windows.some((each) => each.id === abandoned)) return false;
  const isLast = windows.length === FEW_WINDOWS && windows.at(-1)?.id === id;
  return isLast || windows.length > FEW_WINDOWS;
}

/** The window's first session with one long absence in it. */
function abandonedFor([first]: Shift['sessions'], breaks: readonly Break[]): Break[] {
  if (first === undefined) return [...breaks];
  const { from, ms, reason } = ABANDONED;
  const at = first.from + from;
  const others = breaks.filter((each) => each.at + each.ms < at || each.at > at + ms);
  const absence: Break = { at, ms, kind: 'away', reason };
  return [...others, absence].sort((a, b) => a.at - b.at);
}

function breaksOf(
  sessions: Shift['sessions'],
  coverable: boolean,
  spared: boolean,
  random: Random,
): Break[] {
  const breaks: Break[] = [];
  for (const { from, to } of sessions) {
    for (let at = from + random.between(15, 240) * MINUTE; at < to - 15 * MINUTE;) {
      const away = random.chance(0.4);
      const cover = coverable && random.chance(0.35);
      const minutes = cover ? random.between(30, 70) : random.between(2.5, away ? 11 : 8);
      const reason =
        away && random.chance(0.25) ? UNEXPLAINED : random.pick(away ? ABSENCES : PAUSES);
      const kind = cover ? 'cover' : away ? 'away' : 'paused';
      const inPeak = at > from + PEAK.from && at < from + PEAK.to;
      if (spared || cover || !inPeak) {
        breaks.push({ at: Math.round(at), ms: Math.round(minutes * MINUTE), kind, reason });
      }
      at += (minutes + random.between(60, 300)) * MINUTE;
    }
  }
  return breaks;
}
