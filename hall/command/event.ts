// The events of commands that no device could send: stream `command` of the journal. Those of an older version stay readable:
// add fields, never change them.
import * as v from 'valibot';
import { parseDevice } from '../config/accepted.ts';
import type { Device } from '../config.ts';
import { CONTENT_HASH, CONTENT_TYPES, type ContentType } from '../content.ts';
import type { Marks } from '../marks.ts';
import { ID_PATTERN } from '../topic.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const hallId = v.pipe(v.string(), v.regex(ID_PATTERN));
export const contentFields = {
  hash: v.pipe(v.string(), v.regex(CONTENT_HASH)),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  media_type: v.picklist(Object.keys(CONTENT_TYPES) as ContentType[]),
};
const adviceKind = v.picklist(['open', 'call', 'lend', 'watch', 'divert']);
const minutes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const address = { source: text, address: text };

export const EVENTS = {
  /** `device` as the hall file would have it */
  'device.accepted': v.object({
    ...{ type: v.literal('device.accepted'), ...address },
    device: v.custom<Device>((given) => parseDevice(given).ok),
  }),
  'device.ignored': v.object({ type: v.literal('device.ignored'), ...address }),
  'device.forgotten': v.object({ type: v.literal('device.forgotten'), ...address }),
  /** `queues` instead of those of the hall file, until then (ms since 1970) or for good; without them the hall file's again */
  'window.assigned': v.object({
    type: v.literal('window.assigned'),
    window: hallId,
    queues: v.optional(v.pipe(v.array(hallId), v.maxLength(200))),
    until: v.optional(v.pipe(v.number(), v.safeInteger())),
  }),
  /** `wait_min`, `expected_min`: minutes that a newcomer was expected to wait without the advice, and with it */
  'advice.taken': v.object({
    ...{ type: v.literal('advice.taken'), queue: hallId, kind: adviceKind },
    windows: v.pipe(v.array(hallId), v.maxLength(200)),
    ...{ wait_min: v.optional(minutes), expected_min: v.optional(minutes) },
  }),
  'advice.dismissed': v.object({
    type: v.literal('advice.dismissed'),
    queue: hallId,
    kind: adviceKind,
  }),
  /** The file is on the disk of the gateway that took the upload. Of the same bytes again: their time to be named begins anew */
  'content.uploaded': v.object({
    ...{ type: v.literal('content.uploaded'), ...contentFields, name: v.optional(text) },
  }),
  /** Nobody named the file for `retention.content_days`: no gateway keeps it any longer */
  'content.removed': v.object({ type: v.literal('content.removed'), hash: contentFields.hash }),
} as const;

export type CommandSignal = v.InferOutput<(typeof EVENTS)[keyof typeof EVENTS]>;

/** As the journal has it; `at` is its effective time, ms since 1970. */
export interface CommandEntry {
  readonly device: string;
  readonly stream: 'command';
  readonly signal: CommandSignal;
  readonly at: number;
  readonly marks: Marks;
}

/** The event, or undefined where it is none of this version. */
export function parseCommandSignal(given: unknown): CommandSignal | undefined {
  const type = (given as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(EVENTS, type)) return undefined;
  const parsed = v.safeParse(EVENTS[type as keyof typeof EVENTS], given);
  return parsed.success ? parsed.output : undefined;
}
