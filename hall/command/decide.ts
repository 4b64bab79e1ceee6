// What a command's decision gets and gives.
import * as v from 'valibot';
import type { Audience } from '../audience.ts';
import type { HallConfig } from '../config.ts';
import type { SignalOf } from '../signal.ts';
import type { Hall } from '../state.ts';
import type { Stream } from '../topic.ts';
import type { CommandSignal } from './event.ts';

/** Who did it. Before accounts exist: `NOBODY`. */
export const BY = v.object({
  who: v.pipe(v.string(), v.maxLength(100)),
  role: v.pipe(v.string(), v.maxLength(40)),
  from: v.picklist(['page', 'kiosk', 'pad', 'desk', 'phone', 'api']),
});
export type By = v.InferOutput<typeof BY>;

export const NOBODY = { who: 'anonymous', role: 'none' } as const;

/** A signal as an event of a command has it: `id` and `at` are given to it afterwards. */
type Undated<T> = T extends unknown ? Omit<T, 'id' | 'at' | 'seq'> : never;

/**
 * One event of a command. A person can say whatever a device could, but not how a device is: a signal of stream `device` is
 * about its sender, and people are none.
 */
export type CommandEvent =
  | { readonly stream: 'command'; readonly signal: CommandSignal }
  | {
      [S in Exclude<Stream, 'device'>]: {
        readonly stream: S;
        readonly signal: Undated<SignalOf<S>>;
      };
    }[Exclude<Stream, 'device'>];

export interface CommandRefusal {
  readonly status: 400 | 404 | 409 | 422 | 507;
  /** `field:NAME`, `unknown:KIND`, `state`, `hall`, `budget:KIND` */
  readonly reason: string;
  /** what is in the way and what should be, in words */
  readonly detail: string;
}

export type Decision =
  | { readonly events: readonly CommandEvent[]; readonly result: object }
  | { readonly refused: CommandRefusal };

export interface DecideContext {
  readonly hall: Hall;
  /** the hall file with what people have changed since */
  readonly config: HallConfig;
  /** ms since 1970 */
  readonly now: number;
  /** A device under this address was heard since the gateway's start, or is ignored. */
  readonly hasHeard: (source: string, address: string) => boolean;
}

export interface CommandKind<Fields = object> {
  readonly audience: Audience;
  readonly summary: string;
  readonly fields: v.ObjectEntries;
  readonly orderKey: (fields: Fields) => string;
  readonly decide: (fields: Fields, context: DecideContext) => Decision;
}

/** Declares one command; the types of its fields are those of its schemas. */
export function command<const E extends v.ObjectEntries>(
  kind: Omit<CommandKind<v.InferOutput<v.ObjectSchema<E, undefined>>>, 'fields'> & {
    readonly fields: E;
  },
) {
  return kind;
}

export function refuse(
  status: CommandRefusal['status'],
  reason: string,
  detail: string,
): { readonly refused: CommandRefusal } {
  return { refused: { status, reason, detail } };
}
