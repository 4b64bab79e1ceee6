// What leads a visitor of a kiosk from an item to its queue and windows. SPEC §7.11.
import { indexHall, type HallConfig } from '../../config.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { weakMemo } from '../memo.ts';
import { plainName } from '../name.ts';

export interface KioskService {
  readonly id: string;
  readonly name: Name;
  readonly department?: Name;
  readonly queue: string;
  /** what to bring */
  readonly materials: readonly Name[];
}

/** Where a queue is served. */
export interface KioskPlace {
  readonly zoneName?: Name;
  readonly floorName?: Name;
  /** labels of its windows, as painted on the counters */
  readonly windows: readonly string[];
}

export const services = part('hall', ({ config }) => servicesOf(config));

const servicesOf = weakMemo((config: HallConfig): readonly KioskService[] =>
  config.services.map(({ id, name, department, queue, materials }) => ({
    id,
    name: plainName(name),
    ...(department && { department: plainName(department) }),
    queue,
    materials: materials.map((material) => plainName(material)),
  })),
);

/** By queue. */
export const places = part('hall', ({ config }) => placesOf(config));

const placesOf = weakMemo((config: HallConfig): Readonly<Record<string, KioskPlace>> => {
  const index = indexHall(config);
  return Object.fromEntries(
    config.queues.map((queue) => {
      const zone = index.zones.get(queue.zone);
      const floor = zone?.floor === undefined ? undefined : index.floors.get(zone.floor);
      const place: KioskPlace = {
        ...(zone && { zoneName: plainName(zone.name) }),
        ...(floor && { floorName: plainName(floor.name) }),
        windows: (index.windowsOfQueue.get(queue.id) ?? []).map(({ label }) => label),
      };
      return [queue.id, place];
    }),
  );
});
