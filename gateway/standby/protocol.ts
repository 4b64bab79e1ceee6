// What two gateways of one hall say to each other over one WebSocket, JSON texts that are sealed (sealed.ts): the standby
// asks, the leader sends its journal.
import { Buffer } from 'node:buffer';
import * as v from 'valibot';
import type { Copy } from '../journal.ts';
import { localized } from '../start/language.mjs';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const short = v.pipe(v.string(), v.maxLength(200));
const position = { seq: count, letter: count };
const leadership = v.object({ epoch: short, ...position });
const extent = v.object({ ...position, leaderships: v.array(leadership) });
const letter = v.object({
  id: count,
  topic: v.string(),
  /** base64 */
  payload: v.string(),
  reason: v.string(),
  detail: v.string(),
  receivedAt: v.number(),
  replayedAt: v.optional(v.number()),
});
const copy = v.object({
  // Most of what goes between the two: looked at once, not field by field.
  rows: v.custom<(string | number)[]>(isRows, 'should be texts and numbers'),
  letters: v.array(letter),
  leaderships: v.array(leadership),
});

function isRows(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((field) => typeof field === 'string' || typeof field === 'number')
  );
}

const messages = v.variant('kind', [
  /** leader → standby, first; `leading` false: nothing can be followed here. The same in every version */
  v.object({
    kind: v.literal('welcome'),
    ...{ protocol: count, format: count, gateway: short, run: short },
    leading: v.boolean(),
    extent,
  }),
  /** standby → leader: send what comes after that */
  v.object({ kind: v.literal('follow'), from: v.object(position) }),
  /** standby → leader: signals that you do not have */
  v.object({ kind: v.literal('hand'), copy }),
  /** leader → standby: they are in my journal */
  v.object({ kind: v.literal('handed') }),
  /** leader → standby, also without rows, once a second: how far I am */
  v.object({
    kind: v.literal('copy'),
    copy,
    last: v.object(position),
    /** the session at the broker stands */
    up: v.boolean(),
    /** entries up to here are emptied */
    pruned: count,
    /** entries up to here are in the shared history; absent where each gateway has its own */
    written: v.optional(count),
    /** facts of entries up to here are in the shared history */
    facts: v.optional(count),
  }),
  /** the last word of either side */
  v.object({ kind: v.literal('bye'), why: short }),
  /** standby → leader: on my disk */
  v.object({ kind: v.literal('have'), ...position }),
]);

export type PeerMessage = v.InferOutput<typeof messages>;
export type WireCopy = v.InferOutput<typeof copy>;

/** Throws with what is wrong about it. */
export function readMessage(text: string): PeerMessage {
  const parsed = v.safeParse(messages, JSON.parse(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  throw new Error(
    localized(
      `另一台网关的消息：${where ?? '整条'}：${issue.message}`,
      `peer: ${where ?? 'message'}: ${issue.message}`,
    ),
  );
}

export function toWire({ rows, letters, leaderships }: Copy): WireCopy {
  return {
    rows,
    letters: letters.map(({ payload, ...rest }) => ({
      ...rest,
      payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64'),
    })),
    leaderships: [...leaderships],
  };
}

export function fromWire({ rows, letters, leaderships }: WireCopy): Copy {
  return {
    rows,
    letters: letters.map(({ payload, replayedAt, ...rest }) => ({
      ...rest,
      payload: new Uint8Array(Buffer.from(payload, 'base64')),
      ...(replayedAt !== undefined && { replayedAt }),
    })),
    leaderships,
  };
}
