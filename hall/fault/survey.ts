// Every device as the faults look at it: its health, and since when it is lost.
import type { Interval } from '../interval.ts';
import { indexHall, type Device } from '../config.ts';
import { heardAt } from '../freshness.ts';
import { flappingSince, healthOf, silenceMs, type DeviceHealth, type Judging } from '../health.ts';
import type { DeviceLive, Hall } from '../state.ts';
import { entries, get } from '../table.ts';

export interface Surveyed {
  readonly id: string;
  /** its entry in the hall file */
  readonly device?: Device;
  readonly live?: DeviceLive;
  readonly health: DeviceHealth;
  /** offline, or silent for too long: it does not do its work */
  readonly gone: boolean;
  /** when it was lost, in or before the opening hours in which that counts; also of one that is back since */
  readonly lostAt?: number;
  /** within how long of it the time of its loss is known, ms */
  readonly lostWithinMs: number;
  readonly flappingSince?: number;
}

/** One that was lost, whether it is back or not. */
export type Lost = Surveyed & { readonly lostAt: number };

export interface Survey extends Judging {
  readonly all: readonly Surveyed[];
  readonly byId: ReadonlyMap<string, Surveyed>;
  /** those that are connected through a device, by its id */
  readonly behind: ReadonlyMap<string, readonly Surveyed[]>;
}

/** A device that came back is remembered so long as one of those that were lost together. */
const RECALL_MS = 60 * 60_000;

export function survey(hall: Hall, judging: Judging): Survey {
  const listed = indexHall(judging.config).devices;
  const ids = [...listed.keys()];
  for (const [id] of entries(hall.devices)) if (!listed.has(id)) ids.push(id);
  const all = ids.map((id) => look(id, get(hall.devices, id), listed.get(id), judging));
  const behind = new Map<string, Surveyed[]>();
  for (const one of all) {
    const via = one.device?.via;
    if (via !== undefined) behind.set(via, [...(behind.get(via) ?? []), one]);
  }
  return { ...judging, all, byId: new Map(all.map((one) => [one.id, one])), behind };
}

function look(
  id: string,
  live: DeviceLive | undefined,
  device: Device | undefined,
  judging: Judging,
): Surveyed {
  const health = healthOf(live, device, judging);
  // A stranger that speaks the contract and leaves was perhaps only trying.
  const silent = health === 'silent' && device !== undefined;
  const about = { id, ...(device && { device }), ...(live && { live }), health };
  if (!live || health === 'maintenance') return { ...about, gone: false, lostWithinMs: 0 };
  const flapping = flappingSince(live, judging);
  const lost = lossOf(live, health === 'offline' || silent, judging);
  return {
    ...about,
    gone: lost?.gone === true,
    ...(lost && { lostAt: lost.at }),
    lostWithinMs: silent ? silenceMs(live, device, judging) : 0,
    ...(flapping !== undefined && { flappingSince: flapping }),
  };
}

function lossOf(live: DeviceLive, isAway: boolean, { config, open, now }: Judging) {
  const { after_s, opening_min } = config.faults;
  if (!isAway) {
    const at = live.downs?.at(-1);
    return at !== undefined && now - at < RECALL_MS ? { at, gone: false } : undefined;
  }
  const left = live.state === 'offline' ? live.since : heardAt(live);
  const counted = countedFrom(open, left, now);
  if (counted === undefined) return undefined;
  const patience = counted > left ? opening_min * 60_000 : after_s * 1000;
  return now - counted >= patience ? { at: counted, gone: true } : undefined;
}

/** When a loss began to matter: at once in opening hours, else at the next opening; undefined before that. */
function countedFrom(open: readonly Interval[], left: number, now: number): number | undefined {
  const interval = open.find(([, to]) => to > left);
  if (!interval || interval[0] > now) return undefined;
  return Math.max(left, interval[0]);
}
