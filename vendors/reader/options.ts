// What the options of the ready-made sources have in common: topics of the broker, and limits of memory.
import * as v from 'valibot';
import { or, whole } from '../../hall/config/values.ts';
import { says } from '../../hall/language.ts';
import type { VendorReader } from './memory.ts';
import { LIST_BYTES_MAX, refuse } from './payload.ts';

/** A topic, or the beginning of one: levels without wildcards. */
export const topicPath = v.pipe(
  v.string(says('主题，例如 zigbee2mqtt', 'a topic such as zigbee2mqtt')),
  v.regex(
    /^[^+#/\0][^+#\0]{0,199}$/,
    says('不含 + 和 #、不超过 200 个字符的主题', 'a topic without + and #, at most 200 characters'),
  ),
  v.check(
    (topic) => !topic.endsWith('/'),
    says('不以 / 结尾的主题', 'a topic without / at its end'),
  ),
);

/** One level of a topic. */
export const topicLevel = v.pipe(
  v.string(says('主题的一级', 'one level of a topic')),
  v.regex(
    /^[^+#/\0]{1,100}$/,
    says('主题的一级，不含 +、# 和 /', 'one level of a topic, without + # and /'),
  ),
);

/** How many devices are remembered; beyond it those not heard for longest are forgotten. */
export const devicesMax = or(whole(1, 100_000), 2_000);

/** What it may remember of names and the like, in MB; beyond it those not heard for longest are forgotten. */
export const memoryMb = or(whole(1, 4_096), 32);
const TOPIC_MAX = 1_000;
export const BYTES_PER_MB = 1024 * 1024;

/** One of the ready-made sources: its options in the hall file, and what makes a reader of them. */
export interface ReaderKind {
  /** A plain object, as its entries stand beside `use`, `name` and `signals` in the hall file. */
  readonly options: v.ObjectSchema<v.ObjectEntries, undefined>;
  /**
   * @param options as the hall file has them, or as the schema has parsed them; a missing one is its default, and one
   *   that is not of this reader is ignored
   * @param addresses of the devices that belong to the hall already: a reader that learns of devices only when they are
   *   born would not know after a restart whom a death concerns
   * @param listBytesMax up to how many bytes the list of a whole network is read
   * @throws v.ValiError where the schema refuses them
   */
  create(options: unknown, addresses?: readonly string[], listBytesMax?: number): VendorReader;
}

export function readerKind<const E extends v.ObjectEntries>(
  entries: E,
  create: (
    options: v.InferOutput<v.ObjectSchema<E, undefined>>,
    addresses: readonly string[],
    listBytesMax: number,
  ) => VendorReader,
): ReaderKind {
  const options = v.object(entries);
  return {
    options,
    create: (given, addresses = [], listBytesMax = LIST_BYTES_MAX) =>
      guarded(create(v.parse(options, given ?? {}), addresses, listBytesMax)),
  };
}

/**
 * With what holds for all of them: what is remembered by its topic has a length, and a mistake of ours costs one message,
 * not every message behind it that would wait for ever for its acknowledgement.
 */
function guarded(reader: VendorReader): VendorReader {
  return {
    filters: reader.filters,
    get forgotten() {
      return reader.forgotten;
    },
    read(message) {
      const { length } = message.topic;
      if (length > TOPIC_MAX) {
        return refuse('topic', 'topic', {
          zh: `有 ${length} 个字符，最多应为 ${TOPIC_MAX} 个`,
          en: `has ${length} characters, should have at most ${TOPIC_MAX}`,
        });
      }
      try {
        return reader.read(message);
      } catch (error) {
        const why = error instanceof Error ? error.message : '';
        return refuse('reader', 'reader', { zh: `出错；${why}`, en: `failed; ${why}` });
      }
    },
  };
}
