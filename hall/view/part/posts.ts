// Posts: who should be at a window, who is, since when and why not; and the leader on duty. SPEC 25.
import { indexHall, type HallConfig, type Staff, type WeekdayName } from '../../config.ts';
import { WEEKDAY_NAMES } from '../../config/values.ts';
import { weekdayOf } from '../../zone-time.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { plainName } from '../name.ts';
import { liveWindows, type LiveWindow } from './live-windows.ts';

/**
 * `present`: somebody is at work. `substitute`: the B post or a named substitute is. `away`: the window says that its person is
 * away. `empty`: the window is at work and nobody is signed in. `closed`: no work is expected. `unknown`: never heard.
 */
export type PostState = 'present' | 'substitute' | 'away' | 'empty' | 'closed' | 'unknown';

export interface PostRow {
  readonly window: string;
  readonly label: string;
  readonly department?: Name;
  readonly zone: string;
  readonly state: PostState;
  readonly since?: number;
  readonly reason?: string;
  /** who is there, and who should be */
  readonly staff?: string;
  readonly a?: string;
  readonly b?: string;
  /** the only window of its department: a pause closes the department (一人岗) */
  readonly isOnly?: true;
}

export const posts = part('hall', (cut) => postsOf(cut.memory, '', cut.config, liveWindows(cut)));

const postsOf = memo(
  (config: HallConfig, rows: Readonly<Record<string, LiveWindow>>): readonly PostRow[] => {
    const people = indexHall(config).staff;
    const nameOf = (id: string | undefined) =>
      id === undefined ? undefined : (people.get(id)?.name ?? id);
    const fronts = config.windows.filter(({ role }) => role === 'front');
    const counts = new Map<string | undefined, number>();
    for (const { department } of fronts) {
      counts.set(department?.zh, (counts.get(department?.zh) ?? 0) + 1);
    }
    return fronts.flatMap((window): PostRow[] => {
      const row = rows[window.id];
      if (!row) return [];
      const [a, b] = [nameOf(window.posts?.a), nameOf(window.posts?.b)];
      const isOnly = window.department !== undefined && counts.get(window.department.zh) === 1;
      return [
        {
          window: window.id,
          label: window.label,
          ...(row.department && { department: row.department }),
          zone: window.zone,
          state: stateOf(row, b),
          ...(row.since !== undefined && { since: row.since }),
          ...(row.reason !== undefined && { reason: row.reason }),
          ...(row.staff !== undefined && { staff: row.staff }),
          ...(a !== undefined && { a }),
          ...(b !== undefined && { b }),
          ...(isOnly && { isOnly: true as const }),
        },
      ];
    });
  },
);

function stateOf({ state, staff, substitute }: LiveWindow, b: string | undefined): PostState {
  if (state === 'unknown' || state === 'closed') return state;
  if (state === 'away' || state === 'paused') return 'away';
  if (substitute === true || (staff !== undefined && staff === b)) return 'substitute';
  return staff === undefined ? 'empty' : 'present';
}

export interface OnDuty {
  readonly name: string;
  readonly post?: Name;
  readonly department?: Name;
}

/** The leaders on duty today; empty where the hall file names none. */
export const onDuty = part('hall', ({ config, hall, memory }) =>
  dutyOf(memory, '', config, hall.day.date),
);

const dutyOf = memo((config: HallConfig, date: string): readonly OnDuty[] => {
  const weekday = WEEKDAY_NAMES[weekdayOf(date)] ?? 'mon';
  const ranked = config.duty
    .filter((one) => isOn(one, date, weekday))
    .map((one) => ({ staff: one.staff, rank: rankOf(one) }));
  const most = Math.max(0, ...ranked.map(({ rank }) => rank));
  const people = indexHall(config).staff;
  return ranked
    .filter(({ rank }) => rank === most)
    .flatMap(({ staff }) => faceOf(people.get(staff)));
});

type Duty = HallConfig['duty'][number];

function isOn({ from, to, days }: Duty, date: string, weekday: WeekdayName): boolean {
  return (
    (from === undefined || from <= date) &&
    (to === undefined || date <= to) &&
    (days === undefined || days.includes(weekday))
  );
}

/** How exactly an entry names the day: one date, a span of dates, weekdays, any day. */
function rankOf({ from, to, days }: Duty): number {
  if (from !== undefined && from === to) return 3;
  if (from !== undefined || to !== undefined) return 2;
  return days === undefined ? 0 : 1;
}

function faceOf(person: Staff | undefined): OnDuty[] {
  if (!person) return [];
  const { name, post, department } = person;
  return [
    {
      name,
      ...(post && { post: plainName(post) }),
      ...(department && { department: plainName(department) }),
    },
  ];
}
