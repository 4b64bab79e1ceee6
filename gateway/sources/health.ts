// How a vendor's device is, as its protocol tells it → the contract's `device` `state` signals: at once when it changes,
// else now and then, so that the hall knows that it is there.
import type { HallConfig } from '../../hall/config.ts';
import type { Judge } from '../../hall/judge.ts';
import { deriveId } from '../../hall/signal-id.ts';
import type { Told } from '../../vendors/mapping.ts';
import type { DeviceCondition } from '../../vendors/reader.ts';

interface Known {
  /** undefined: nothing has shown yet whether it is there */
  available: boolean | undefined;
  condition: DeviceCondition;
  /** when it was last told of, ms since 1970 */
  toldAt: number;
}

export interface HealthContext {
  readonly device: string;
  readonly receivedAt: number;
  /** It was told before: at a subscription, or as a dead letter. */
  readonly retain: boolean;
  /** the item's place in its message */
  readonly index: number;
  /** Every message of the source is its device's own: without a word of its availability it shows that it is there. */
  readonly spoke: boolean;
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
    const { device, receivedAt, retain, index, spoke, everyMs, isNew } = context;
    const before = this.#known.get(device);
    const available = told.available ?? before?.available ?? (spoke ? true : undefined);
    const condition = merge(before?.condition, told.condition);
    if (available === undefined) {
      // A list or an announcement names a device, and does not show that it is there.
      this.#known.set(device, { available, condition, toldAt: before?.toldAt ?? -Infinity });
      return undefined;
    }
    const state = !available ? 'offline' : condition.fault === undefined ? 'online' : 'degraded';
    const saysOther = before !== undefined && differs(before.condition, condition, retain);
    const changed = saysOther || isNew(state);
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

/** What is told at once: a fault that begins, changes or ends, and another firmware than the one said until now. */
function differs(before: DeviceCondition, now: DeviceCondition, retain: boolean): boolean {
  return before.fault !== now.fault || (!retain && before.firmware !== now.firmware);
}

function texts(condition: DeviceCondition): DeviceCondition {
  const { fault, firmware } = condition;
  return {
    ...condition,
    ...(fault !== undefined && { fault: fault.slice(0, TEXT_MAX) }),
    ...(firmware !== undefined && { firmware: firmware.slice(0, TEXT_MAX) }),
  };
}
