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
  const onLeave = leaves(story);
  return story.config.windows.map((window) => {
    const random = story.random.fork(`window ${window.id}`);
    const sessions = sessionsOf(story, duty.has(window.id), random);
    const { staff, substitute } = staffOf(story, window);
    const covered = substitute !== undefined && onLeave.has(window.id);
    return {
      window,
      caller: story.deviceAt('caller', { window: window.id }),
      sessions,
      breaks: breaksOf(sessions, substitute !== undefined && !covered, random),
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
function leaves(story: Story): Set<string> {
  const random = story.random.fork('leave');
  const able = story.config.windows.filter(
    (window) => staffOf(story, window).substitute !== undefined,
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

function breaksOf(sessions: Shift['sessions'], coverable: boolean, random: Random): Break[] {
  const breaks: Break[] = [];
  for (const { from, to } of sessions) {
    for (let at = from + random.between(15, 240) * MINUTE; at < to - 15 * MINUTE;) {
      const away = random.chance(0.4);
      const cover = coverable && random.chance(0.35);
      const minutes = cover ? random.between(30, 70) : random.between(2.5, away ? 11 : 8);
      breaks.push({
        at: Math.round(at),
        ms: Math.round(minutes * MINUTE),
        kind: cover ? 'cover' : away ? 'away' : 'paused',
        reason: away && random.chance(0.25) ? UNEXPLAINED : random.pick(away ? ABSENCES : PAUSES),
      });
      at += (minutes + random.between(60, 300)) * MINUTE;
    }
  }
  return breaks;
}
