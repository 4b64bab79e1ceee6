// What stands between a vendor's MQTT messages and the contract's signals. A reader knows one protocol (ready-made, or
// declared in the hall file) and says what a message tells of which device; the hall file's rules make signals of it.
import type { DeviceKind } from '../hall/config/kinds.ts';
import type { Both } from '../hall/language.ts';

/** One MQTT message on a topic that a source has subscribed to. */
export interface SourceMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** It was retained: told before, and told again because we subscribed. */
  readonly retain: boolean;
  /** ms since 1970 */
  readonly receivedAt: number;
  /** It was refused earlier, and is read once more: it shows nothing of the present. */
  readonly replayed?: boolean;
  /** Kept from an earlier run: it says that a device is away, and the device was heard after it. */
  readonly outweighed?: boolean;
}

/** What a device is, as far as its protocol says. */
export interface DeviceFace {
  readonly name?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly kind?: DeviceKind;
}

/** How a device is, in the fields of the contract's `device` `state` signal. */
export interface DeviceCondition {
  readonly fault?: string;
  readonly paper_pct?: number;
  readonly battery_pct?: number;
  readonly temp_c?: number;
  readonly uptime_s?: number;
  readonly firmware?: string;
  readonly rssi_dbm?: number;
}

/** What an availability topic said of a device that was heard since. */
export interface Outweighed {
  readonly topic: string;
  readonly text: string;
}

/** What one message tells of one device. */
export interface Reading {
  /** The device's name within its source, stable over restarts: an IEEE address, a Tasmota topic, `group/node/device`. */
  readonly address: string;
  /** What it measures or did just now, plain JSON: the hall file's rules point into it. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Connected or not, where this message says or shows so. */
  readonly available?: boolean;
  /** The topic that contradicts: it still says that the device is away. */
  readonly outweighed?: Outweighed;
  readonly condition?: DeviceCondition;
  readonly face?: DeviceFace;
  /** When it happened, ms since 1970, where the message says so. */
  readonly at?: number;
}

/** A message that the gateway should publish in answer: a rebirth request. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface Read {
  readonly readings: readonly Reading[];
  /** Why the message, or a part of it, tells nothing: kept as dead letters. */
  readonly refused?: readonly { readonly reason: string; readonly detail: Both }[];
  readonly publish?: readonly Outgoing[];
  /** Later messages cannot be understood without this one: it is kept over a restart, the last of each topic. */
  readonly keep?: boolean;
}

/**
 * Reads one protocol. What it remembers (names, aliases, the last of each property) is bounded and lives in memory. After
 * a restart it is told anew what it said to `keep`, by retained messages, or on request. Never throws.
 */
export interface Reader {
  /** MQTT topic filters to subscribe to. */
  readonly filters: readonly string[];
  /** @returns undefined for a topic that is not of this protocol */
  read(message: SourceMessage): Read | undefined;
}
