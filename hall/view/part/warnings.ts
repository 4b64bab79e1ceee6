// Open warnings of the wall: the gateway's faults, queues past their thresholds, windows whose person is away. The gravest and
// oldest first. SPEC 25.
import type { Fault } from '../../fault.ts';
import { queueLevel } from '../../pressure.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { faults } from './devices.ts';
import { liveQueues, type LiveQueue } from './live-queues.ts';
import { posts, type PostRow } from './posts.ts';
import { opening } from './hall.ts';

export interface Warning {
  readonly id: string;
  /** 3: the hall's work suffers; 2: to be looked at today; 1: to be looked after */
  readonly severity: 1 | 2 | 3;
  readonly title: Name;
  /** ms since 1970, where the begin is known */
  readonly since?: number;
  /** what it is of */
  readonly queue?: string;
  readonly window?: string;
}

export interface Warnings {
  readonly total: number;
  /** of severity 3 */
  readonly grave: number;
  readonly shown: readonly Warning[];
}

const SHOWN_MAX = 12;
/** A window whose person is away for less is no warning. */
const AWAY_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

export const warnings = part('hall', (cut) => {
  const { memory, now } = cut;
  const isOpen = opening(cut).state === 'open';
  const minute = now - (now % MINUTE_MS);
  return warningsOf(memory, '', faults(cut), liveQueues(cut), posts(cut), isOpen, minute);
});

const warningsOf = memo(
  (
    found: readonly Fault[],
    queues: Readonly<Record<string, LiveQueue>>,
    rows: readonly PostRow[],
    isOpen: boolean,
    now: number,
  ): Warnings => {
    const all = [
      ...(isOpen
        ? [...Object.values(queues).flatMap(ofQueue), ...rows.flatMap((row) => ofPost(row, now))]
        : []),
      ...found.map(({ id, severity, title, since }): Warning => ({ id, severity, title, since })),
    ].sort((a, b) => b.severity - a.severity || (a.since ?? 0) - (b.since ?? 0));
    return {
      total: all.length,
      grave: all.filter(({ severity }) => severity === 3).length,
      shown: all.slice(0, SHOWN_MAX),
    };
  },
);

function ofQueue(queue: LiveQueue): Warning[] {
  const level = queueLevel(queue);
  if (level < 2) return [];
  const { id, name, waiting, windowsOpen, load, longestSince } = queue;
  const what =
    windowsOpen === 0
      ? { zh: `${waiting} 人等候，无窗口开放`, en: `${waiting} wait, no window open` }
      : queue.level >= 2
        ? { zh: `${waiting} 人等候`, en: `${waiting} wait` }
        : {
            zh: `负荷 ${load?.value ?? ''}，取号快于办理`,
            en: `load ${load?.value ?? ''}, more come than are served`,
          };
  return [
    {
      id: `queue:${id}`,
      severity: level === 3 ? 3 : 2,
      title: { zh: `${name.zh}：${what.zh}`, en: `${name.en ?? name.zh}: ${what.en}` },
      ...(longestSince !== undefined && { since: longestSince }),
      queue: id,
    },
  ];
}

function ofPost(row: PostRow, now: number): Warning[] {
  const { window, label, state, since, reason, isOnly } = row;
  if (state !== 'away' || since === undefined || now - since < AWAY_MS) return [];
  const why = reason === undefined ? '' : `（${reason}）`;
  return [
    {
      id: `post:${window}`,
      severity: isOnly ? 3 : 2,
      title: {
        zh: `${label} 号窗口离岗${why}，无人顶岗`,
        en: `Window ${label}: away, no substitute`,
      },
      since,
      window,
    },
  ];
}
