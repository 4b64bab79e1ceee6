// What a floor plan shows of a place: the caller says it, the plan draws it, whether laid out or drawn by hand. Pure.
import type { Level } from '../../hall/view/part/live-queues.ts';
import type { Name } from '../../hall/view/common.ts';
import type { PlanFloor } from '../../hall/view/part/plan.ts';
import type { Mark } from '../figure.ts';
import type { FloorToPlace } from './layout.ts';

/** The colour of a cell: at work, calling, free, missing, out of use, unknown; of a device: well, poorly, gone. */
export type Tone = 'serving' | 'calling' | 'idle' | 'missing' | 'closed' | 'unknown' | 'bad';

export interface CellMark {
  readonly label: string;
  /** beneath the label, where there is room: a ticket, a state in a word */
  readonly text: string;
  readonly tone: Tone;
  /** of the worst queue: how far its thresholds are passed */
  readonly level: Level;
  readonly isOld: boolean;
  /** an advice asks for it */
  readonly isWanted?: boolean;
  /** `linked`: of what is under the pointer; `dimmed`: something else is */
  readonly emphasis?: 'linked' | 'dimmed' | undefined;
  /** 0…1: for how long it has been in its state, where that is drawn */
  readonly lasting?: number | undefined;
  /** in a sentence, for those who do not see the plan */
  readonly title: string;
  /** what a link to it points at, where it can be chosen */
  readonly href: string;
  /** attributes of the element: marks of a called ticket */
  readonly marks: Mark;
}

export interface ZoneMark {
  readonly name: Name;
  /** people who wait there; undefined: no queue, or not known */
  readonly waiting?: number | undefined;
  readonly level: Level;
  readonly present?: number | undefined;
  readonly capacity?: number | undefined;
  readonly isOld: boolean;
  readonly isBare: boolean;
}

/** Floors with their zones, and in each zone the cells that are shown there, in order. */
export function floorsToPlace(
  floors: readonly PlanFloor[],
  cells: Readonly<Record<string, { readonly zone: string; readonly order: number }>>,
  isShown: (zone: string) => boolean = () => true,
): FloorToPlace[] {
  const byZone = Map.groupBy(Object.entries(cells), ([, { zone }]) => zone);
  return floors.map(({ id, zones }) => ({
    id,
    zones: zones.filter(isShown).map((zone) => ({
      id: zone,
      cells: (byZone.get(zone) ?? []).sort(([, a], [, b]) => a.order - b.order).map(([id]) => id),
    })),
  }));
}
