// The zones of the managers' page, with the people in those that are counted. SPEC §7.7.
import type { Zone } from '../../config.ts';
import { freshness } from '../../freshness.ts';
import { get } from '../../table.ts';
import type { Name, Freshness } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo, table } from '../memo.ts';
import { plainName } from '../name.ts';

export interface LiveZone {
  readonly name: Name;
  readonly order: number;
  readonly kind: Zone['kind'];
  /** the people in the zone, where they are counted */
  readonly occupancy?: {
    readonly present: number;
    readonly capacity?: number;
    readonly freshness: Freshness;
  };
}

export const liveZones = part('hall', (cut) => {
  const { zones } = cut.config;
  return zonesById(
    cut.memory,
    '',
    zones.map(({ id }) => id),
    zones.map((zone, order) => liveZone(cut, zone, order)),
  );
});

function liveZone(cut: Cutting, zone: Zone, order: number): LiveZone {
  const { hall, config, memory, now } = cut;
  const occupancy = hall.occupancy[zone.id];
  if (!occupancy) return zoneRow(memory, zone.id, zone, order);
  const device = get(hall.devices, occupancy.device);
  const { state, at } = freshness(
    {
      at: occupancy.at,
      devices: device ? [device] : [],
      silenceMs: config.freshness.device_s * 1000,
      valueMs: config.freshness.occupancy_s * 1000,
    },
    hall.day.open,
    now,
  );
  return zoneRow(memory, zone.id, zone, order, occupancy.present, state, at);
}

const zoneRow = memo(
  (
    { name, kind, capacity }: Zone,
    order: number,
    present?: number,
    state?: Freshness['state'],
    at?: number,
  ): LiveZone => ({
    name: plainName(name),
    order,
    kind,
    ...(present !== undefined &&
      state !== undefined && {
        occupancy: {
          present,
          ...(capacity === undefined ? undefined : { capacity }),
          freshness: { state, ...(at === undefined ? undefined : { at }) },
        },
      }),
  }),
);

const zonesById = table<LiveZone>();
