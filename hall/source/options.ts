// What the options of the ready-made sources have in common: topics of the broker, and limits of memory.
import * as v from 'valibot';
import { or, whole } from '../config/values.ts';
import type { VendorReader } from './memory.ts';

/** A topic, or the beginning of one: levels without wildcards. */
export const topicPath = v.pipe(
  v.string('a topic such as zigbee2mqtt'),
  v.regex(/^[^+#/\0][^+#\0]{0,199}$/, 'a topic without + and #, at most 200 characters'),
  v.check((topic) => !topic.endsWith('/'), 'a topic without / at its end'),
);

/** One level of a topic. */
export const topicLevel = v.pipe(
  v.string('one level of a topic'),
  v.regex(/^[^+#/\0]{1,100}$/, 'one level of a topic, without + # and /'),
);

/** How many devices are remembered; beyond it those not heard for longest are forgotten. */
export const devicesMax = or(whole(1, 100_000), 2_000);

/** One of the ready-made sources: its options in the hall file, and what makes a reader of them. */
export interface ReaderKind {
  /** A plain object, as its entries stand beside `use`, `name` and `signals` in the hall file. */
  readonly options: v.ObjectSchema<v.ObjectEntries, undefined>;
  /**
   * @param options as the hall file has them, or as the schema has parsed them; a missing one is its default, and one
   *   that is not of this reader is ignored
   * @throws v.ValiError where the schema refuses them
   */
  create(options: unknown): VendorReader;
}

export function readerKind<const E extends v.ObjectEntries>(
  entries: E,
  create: (options: v.InferOutput<v.ObjectSchema<E, undefined>>) => VendorReader,
): ReaderKind {
  const options = v.object(entries);
  return { options, create: (given) => create(v.parse(options, given ?? {})) };
}
