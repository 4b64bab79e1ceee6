// The floors of the hall, for the plan: names, and the drawing where the hall file names one. SPEC 24.
import type { HallConfig, Zone } from '../../config.ts';
import { referencedHash } from '../../content.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { weakMemo } from '../memo.ts';
import { plainName } from '../name.ts';

export interface PlanFloor {
  readonly id: string;
  readonly name: Name;
  /** hash of the stored SVG */
  readonly plan?: string;
  /** ids of its zones */
  readonly zones: readonly string[];
}

/** In the hall file's order. Zones without a floor stand on a last one without a name, whose id is empty. */
export const planFloors = part('hall', ({ config }) => floorsOf(config));

const floorsOf = weakMemo(({ floors, zones }: HallConfig): readonly PlanFloor[] => {
  const on = (floor: string | undefined) =>
    zones.filter((zone: Zone) => zone.floor === floor).map(({ id }) => id);
  const named = floors.map(({ id, name, plan }) => {
    const hash = referencedHash(plan);
    return { id, name: plainName(name), ...(hash !== undefined && { plan: hash }), zones: on(id) };
  });
  const elsewhere = on(undefined);
  if (elsewhere.length === 0) return named;
  return [...named, { id: '', name: { zh: '' }, zones: elsewhere }];
});
