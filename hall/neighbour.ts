// What another hall's gateway says of its hall in one retained message (SPEC 11), as far as it is compared here. Pure; SPEC 25.9.
import * as v from 'valibot';
import { ID_PATTERN } from './topic.ts';

/** One message; a longer one is refused unread. */
export const SUMMARY_BYTES_MAX = 256 * 1024;

const COUNT_MAX = 100_000_000;
const LIST_MAX = 10_000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(COUNT_MAX));
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const words = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
const id = v.pipe(v.string(), v.regex(ID_PATTERN));
const figure = (most: number) =>
  v.object({
    value: v.pipe(v.number(), v.minValue(0), v.maxValue(most)),
    n: v.pipe(count, v.minValue(1)),
  });

/** Fields that are not compared are left out; a later version's new ones too. */
const summary = v.object({
  type: v.literal('summary'),
  at: time,
  hall: id,
  name: v.object({ zh: words, en: v.optional(words), 'zh-Hant': v.optional(words) }),
  level: v.picklist(['province', 'city', 'county', 'township', 'village']),
  parent: v.optional(id),
  demo: v.optional(v.boolean()),
  opening: v.object({ state: v.picklist(['open', 'break', 'closed']) }),
  waiting: v.object({ total: count, longest_wait_s: v.optional(count) }),
  windows: v.object({ open: count, total: count }),
  mean_wait_s: v.optional(figure(COUNT_MAX)),
  satisfaction: v.optional(figure(1)),
  today: v.object({ issued: count, completed: count }),
  devices: v.record(v.pipe(v.string(), v.maxLength(64)), count),
  emergencies: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(LIST_MAX)),
  source: v.object({ state: v.picklist(['live', 'stale', 'none']), at: v.optional(time) }),
  faults: v.pipe(v.array(v.object({ severity: v.number() })), v.maxLength(LIST_MAX)),
});

export type NeighbourSummary = v.InferOutput<typeof summary>;

/** A hall of `neighbours:`, and the last that was heard of it. */
export interface Neighbour {
  readonly id: string;
  /** when it came, ms since 1970 */
  readonly heardAt?: number;
  readonly summary?: NeighbourSummary;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Never throws.
 * @param hall the one whose topic it came on
 * @returns or what it is not
 */
export function readSummary(
  payload: Uint8Array,
  hall: string,
): NeighbourSummary | { readonly refused: string } {
  if (payload.length > SUMMARY_BYTES_MAX) return { refused: 'size' };
  let raw: unknown;
  try {
    raw = JSON.parse(utf8.decode(payload));
  } catch {
    return { refused: 'json' };
  }
  const parsed = v.safeParse(summary, raw);
  if (!parsed.success) return { refused: v.getDotPath(parsed.issues[0]) ?? 'object' };
  return parsed.output.hall === hall ? parsed.output : { refused: 'hall' };
}
