// The hall's zones as the load map shows them: those with windows, in the hall file's order. Pure.
import type { Name } from '../../hall/view/common.ts';
import type { LiveView } from '../../hall/view/live.ts';

export interface ZoneRow {
  readonly id: string;
  readonly name: Name;
  readonly windows: readonly string[];
  readonly queues: readonly string[];
}

type Places = Pick<LiveView, 'zones' | 'windows' | 'queues'>;

/** Zones that have windows or queues, by order, each with the ids of its windows and queues by theirs. */
export function zonesOf({ zones, windows, queues }: Places): ZoneRow[] {
  const inOrder = <T extends { readonly order: number }>(items: Readonly<Record<string, T>>) =>
    Object.values(items).sort((a, b) => a.order - b.order);
  const ids = (items: readonly { readonly id: string; readonly zone: string }[], zone: string) =>
    items.filter((item) => item.zone === zone).map((item) => item.id);
  const allWindows = inOrder(windows);
  const allQueues = inOrder(queues);
  return Object.entries(zones)
    .sort(([, a], [, b]) => a.order - b.order)
    .map(([id, { name }]) => ({
      id,
      name,
      windows: ids(allWindows, id),
      queues: ids(allQueues, id),
    }))
    .filter((zone) => zone.windows.length > 0 || zone.queues.length > 0);
}
