// How a vendor's device is, as its protocol tells it → the contract's `device` `state` signals: at once when it changes,
// else now and then, so that the hall knows that it is there.
import type { HallConfig } from '../../hall/config.ts';
import type { Judge } from '../../hall/judge.ts';
import type { Told } from '../../hall/mapping.ts';
import { deriveId } from '../../hall/signal-id.ts';
import type { DeviceCondition } from '../../hall/source.ts';

interface Known {
  available: boolean;
  condition: DeviceCondition;
  /** when it was last told of, ms since 1970 */
  toldAt: number;
}

export interface HealthContext {
  readonly device: string;
  readonly receivedAt: number;
  readonly retain: boolean;
  /** the item's place in its message */
  readonly index: number;
  readonly everyMs: number;
  /** The hall does not know this state of the device yet. */
  readonly isNew: (state: string) => boolean;
}

const TEXT_MAX = 200;

export class DeviceHealth {
  readonly #known = new Map<string, Known>();

  /** Who left the hall is forgotten. */
  keep({ devices }: HallConfig): void {
    const ids = new Set(devices.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  /** What was told has not come to the hall: it will be told again. */
  forget(): void {
    this.#known.clear();
  }

  /** The signal that a reading makes of its device's state; nothing where it is not due. */
  tell(told: Told, context: HealthContext, judge: Judge): ReturnType<Judge> | undefined {
    const { device, receivedAt, retain, index, everyMs, isNew } = context;
    const before = this.#known.get(device);
    const available = told.available ?? before?.available ?? true;
    const condition = merge(before?.condition, told.condition);
    const state = !available ? 'offline' : condition.fault === undefined ? 'online' : 'degraded';
    const faultChanged = before !== undefined && before.condition.fault !== condition.fault;
    const changed = faultChanged || isNew(state);
    // That a bridge says again that a device is away does not show that it is there.
    const due =
      available && !retain && (before === undefined || receivedAt - before.toldAt >= everyMs);
    const known: Known = { available, condition, toldAt: before?.toldAt ?? -Infinity };
    this.#known.set(device, known);
    // A message that was kept shows that its device once was there, unless it is about just that.
    if ((!changed && !due) || (retain && told.available === undefined)) return undefined;
    const signal = {
      ...{ type: 'state', state },
      ...(told.at !== undefined && { at: Math.trunc(told.at) }),
      ...texts(condition),
    };
    const sender = { device, stream: 'device' as const };
    const at = told.at ?? receivedAt;
    const id = deriveId(sender, signal, at, told.at === undefined ? index : -1);
    known.toldAt = receivedAt;
    return judge({ ...signal, id }, sender, { receivedAt, index });
  }
}

/** What a reading does not say again, stays; a fault that is not said again is over. */
function merge(
  before: DeviceCondition | undefined,
  now: DeviceCondition | undefined,
): DeviceCondition {
  if (now === undefined) return before ?? {};
  const { fault: _over, ...rest } = before ?? {};
  return { ...rest, ...now };
}

function texts(condition: DeviceCondition): DeviceCondition {
  const { fault, firmware } = condition;
  return {
    ...condition,
    ...(fault !== undefined && { fault: fault.slice(0, TEXT_MAX) }),
    ...(firmware !== undefined && { firmware: firmware.slice(0, TEXT_MAX) }),
  };
}
