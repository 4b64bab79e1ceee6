// The public kiosk's view: every queue with its wait, and which item is dealt with where. SPEC §7.
import { indexHall, type Screen } from '../config.ts';
import { notices, plainName, screenFace, viewBase, type Cutting } from './base.ts';
import { boardQueues, type BoardQueue } from './board.ts';
import type { Name, Notice, ScreenFace, SourceFreshness, ViewBase } from './common.ts';
import { zoneSource } from './source.ts';

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

export interface KioskView extends ViewBase {
  readonly kind: 'kiosk';
  readonly screen: ScreenFace;
  readonly queues: Readonly<Record<string, BoardQueue>>;
  /** by queue */
  readonly places: Readonly<Record<string, KioskPlace>>;
  readonly services: readonly KioskService[];
  readonly notices: readonly Notice[];
  readonly source: SourceFreshness;
}

export function kioskCut(cut: Cutting, screen: Screen): KioskView {
  const { config, memory } = cut;
  return {
    ...viewBase(cut, screen.zone),
    kind: 'kiosk',
    screen: screenFace(cut, screen),
    queues: boardQueues(cut, undefined),
    places: memory.recall('places', '', [config], () => places(cut)),
    services: memory.recall('services', '', [config], () =>
      config.services.map(({ id, name, department, queue, materials }) => ({
        id,
        name: plainName(name),
        ...(department && { department: plainName(department) }),
        queue,
        materials: materials.map(plainName),
      })),
    ),
    notices: notices(cut),
    source: zoneSource(cut, undefined),
  };
}

function places({ config }: Cutting): Record<string, KioskPlace> {
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
}
