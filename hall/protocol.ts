// The live stream's messages, between gateway and pages, as JSON texts over one WebSocket. SPEC §6.
import * as v from 'valibot';
import type { Patch } from './diff.ts';

export const PROTOCOL = 1;

const viewName = v.pipe(
  v.string(),
  v.maxLength(80),
  v.regex(/^[a-z]+(:[a-z0-9][a-z0-9-]{0,62})?$/),
);
const revision = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What a page sends. */
export const CLIENT_MESSAGE = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    protocol: v.literal(PROTOCOL),
    view: viewName,
    /** what the page last had; without it, or when it is too old, a snapshot comes */
    epoch: v.optional(v.pipe(v.string(), v.maxLength(64))),
    revision: v.optional(revision),
  }),
  v.object({
    type: v.literal('painted'),
    revision,
    /** calls first seen on the screen, with the gateway's time of that frame */
    calls: v.pipe(
      v.array(
        v.object({
          // of a shared id `DEVICE/ID` (63 + 1 + 64 characters)
          id: v.pipe(v.string(), v.maxLength(128)),
          at: v.pipe(v.number(), v.finite()),
        }),
      ),
      v.maxLength(200),
    ),
  }),
]);

export type ClientMessage = v.InferOutput<typeof CLIENT_MESSAGE>;

/** The gateway's time when it sent the message, and how fast its time runs (1 but in a demo). */
interface Timed {
  readonly now: number;
}

/** What the gateway sends. */
export type ServerMessage<View = unknown> =
  | (Timed & {
      readonly type: 'snapshot';
      readonly view: string;
      readonly epoch: string;
      readonly revision: number;
      readonly pace: number;
      /** of the pages that this gateway serves: a page of another one loads anew */
      readonly version?: string;
      readonly data: View;
    })
  | (Timed & {
      readonly type: 'delta';
      /** the revision that it builds on; a page that has another one asks anew */
      readonly from: number;
      readonly revision: number;
      readonly patch: Patch;
    })
  /** every second: the stream is alive and nothing is missing up to `revision` */
  | (Timed & { readonly type: 'pulse'; readonly revision: number })
  /** a planned stop: come back after `retry_ms` */
  | { readonly type: 'bye'; readonly retry_ms: number }
  | {
      readonly type: 'error';
      readonly reason: 'view' | 'message' | 'protocol';
      readonly detail: string;
      /** with `protocol` */
      readonly version?: string;
    };
