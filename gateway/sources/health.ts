// How a vendor's device is, as its protocol tells it → the contract's `device` `state` signals: at once when it changes,
// else now and then, so that the hall knows that it is there.
import type { HallConfig } from '../../hall/config.ts';
import type { Judge } from '../../hall/decode.ts';
import type { Told } from '../../hall/mapping.ts';
import type { Signal } from '../../hall/signal.ts';
import { deriveId } from '../../hall/signal-id.ts';
import type { DeviceCondition } from '../../hall/source.ts';

interface Known {
  available: boolean;
  condition: DeviceCondition;
  state: string;
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
  /** The hall does not know this state yet. */
  readonly isNew: (signal: Signal) => boolean;
}

const TEXT_MAX = 200;

export class DeviceHealth {
  readonly #known = new Map<string, Known>();

  /** Who left the hall is forgotten. */
  keep({ devices }: HallConfig): void {
    const ids = new Set(devices.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  /** The signal that a reading makes of its device's state; nothing where it is not due. */
  tell(told: Told, context: HealthContext, judge: Judge): ReturnType<Judge> | undefined {
    const { device, receivedAt, retain, index, everyMs, isNew } = context;
    const before = this.#known.get(device);
    const available = told.available ?? before?.available ?? true;
    const condition = merge(before?.condition, told.condition);
    const state = !available ? 'offline' : condition.fault === undefined ? 'online' : 'degraded';
    const changed = before?.state !== state || before.condition.fault !== condition.fault;
    // That a bridge says again that a device is away does not show that it is there.
    const due =
      available && !retain && (before === undefined || receivedAt - before.toldAt >= everyMs);
    this.#known.set(device, { available, condition, state, toldAt: before?.toldAt ?? -Infinity });
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
    const found = judge({ ...signal, id }, sender, receivedAt, index);
    if (found.ok && retain && before === undefined && !isNew(found.signal)) return undefined;
    const known = this.#known.get(device);
    if (known) known.toldAt = receivedAt;
    return found;
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
