// Windows in groups by zone or by queue, each group keeping the order that the windows already have. Pure.
import type { Name } from '../../hall/view/common.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { own } from '../../hall/own.ts';

export type Grouping = 'flat' | 'zone' | 'queue';

export const GROUPINGS: readonly {
  readonly key: Grouping;
  readonly zh: string;
  readonly en: string;
}[] = [
  { key: 'flat', zh: '不分组', en: 'No groups' },
  { key: 'zone', zh: '按区域', en: 'By zone' },
  { key: 'queue', zh: '按队列', en: 'By queue' },
];

export interface WindowGroup {
  readonly key: string;
  readonly name?: Name;
  readonly ids: readonly string[];
}

const NO_QUEUE: Name = { zh: '未设队列', en: 'no queue' };

/** The groups in the order of their first window; a window of several queues stands in the group of its first. */
export function groupWindows(
  ids: readonly string[],
  grouping: Grouping,
  view: Pick<LiveView, 'windows' | 'queues' | 'zones'>,
): WindowGroup[] {
  if (grouping === 'flat') return [{ key: '', ids }];
  const groups = new Map<string, { name: Name; ids: string[] }>();
  for (const id of ids) {
    const window = own(view.windows, id);
    if (!window) continue;
    const key = grouping === 'zone' ? window.zone : (window.queues[0] ?? '');
    const named = grouping === 'zone' ? own(view.zones, key)?.name : own(view.queues, key)?.name;
    const group = groups.get(key) ?? {
      name: named ?? (key === '' ? NO_QUEUE : { zh: key }),
      ids: [],
    };
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => ({ key, ...group }));
}
