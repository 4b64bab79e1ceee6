// The payload of Sparkplug B: protobuf, read and written field by field. Only what is used is looked at; data sets,
// templates and property sets are stepped over unread, so that nothing nested can be made to hurt.
// https://github.com/eclipse-tahu/tahu, sparkplug_b/sparkplug_b.proto: the numbers of the fields.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What a metric holds; `skipped` is a data set, template, file or bytes. */
export type MetricValue = number | string | boolean | bigint | 'skipped';

export interface Metric {
  readonly name: string | undefined;
  /** 64 bits, as text */
  readonly alias: string | undefined;
  /** ms since 1970 */
  readonly timestamp: number | undefined;
  /** 0 where it is not said, as in most data messages */
  readonly datatype: number;
  readonly historical: boolean;
  readonly isNull: boolean;
  readonly value: MetricValue | undefined;
  readonly skipped: boolean;
}

export interface Payload {
  readonly timestamp: number | undefined;
  readonly metrics: readonly Metric[];
  /** 0–255 */
  readonly seq: number | undefined;
  /** Metrics beyond the limit, not read. */
  readonly leftOut: number;
}

/** Types of sparkplug_b.proto as a metric's `datatype` numbers them. */
export const TYPE = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
  DataSet: 16,
  Bytes: 17,
  File: 18,
  Template: 19,
} as const;

const NAME_MAX = 500;
const TEXT_MAX = 10_000;

/** @returns why it is no payload, where it is none; never throws */
export function readPayload(bytes: Uint8Array, metricsMax: number): Payload | { wrong: string } {
  try {
    return parse(new BinaryReader(bytes), metricsMax);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : 'malformed' };
  }
}

function parse(reader: BinaryReader, metricsMax: number): Payload {
  const metrics: Metric[] = [];
  let timestamp: number | undefined;
  let seq: number | undefined;
  let leftOut = 0;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.Varint) timestamp = Number(reader.uint64());
    else if (field === 3 && wire === WireType.Varint) seq = Number(reader.uint64());
    else if (field === 2 && wire === WireType.LengthDelimited) {
      const bytes = reader.bytes();
      if (metrics.length < metricsMax) metrics.push(parseMetric(new BinaryReader(bytes)));
      else leftOut += 1;
    } else reader.skip(wire, field);
  }
  return { timestamp, metrics, seq, leftOut };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function parseMetric(reader: BinaryReader): Metric {
  const metric: Writable<Metric> = {
    name: undefined,
    alias: undefined,
    timestamp: undefined,
    datatype: 0,
    historical: false,
    isNull: false,
    value: undefined,
    skipped: false,
  };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire === WireType.Varint) parseVarint(reader, field, metric);
    else if (field === 1 && wire === WireType.LengthDelimited) {
      metric.name = text(reader, NAME_MAX);
    } else if (field === 15 && wire === WireType.LengthDelimited) {
      metric.value = text(reader, TEXT_MAX);
    } else if (field === 12 && wire === WireType.Bit32) metric.value = shortest(reader.float());
    else if (field === 13 && wire === WireType.Bit64) metric.value = reader.double();
    else {
      if (field >= 16 && field <= 19) metric.skipped = true;
      reader.skip(wire, field);
    }
  }
  return metric;
}

function parseVarint(reader: BinaryReader, field: number, metric: Writable<Metric>): void {
  switch (field) {
    case 2:
      metric.alias = String(reader.uint64());
      return;
    case 3:
      metric.timestamp = Number(reader.uint64());
      return;
    case 4:
      metric.datatype = reader.uint32();
      return;
    case 5:
      metric.historical = reader.bool();
      return;
    case 7:
      metric.isNull = reader.bool();
      return;
    case 10:
    case 11:
      // Some write small types with the sign of 64 bits: read wide, made narrow by the type.
      metric.value = BigInt(reader.uint64());
      return;
    case 14:
      metric.value = reader.bool();
      return;
    default:
      reader.skip(WireType.Varint, field);
  }
}

function text(reader: BinaryReader, max: number): string {
  const words = reader.string(true);
  if (words.length > max) throw new Error(`text of ${words.length} characters, at most ${max}`);
  return words;
}

/** A float has seven digits: 21.3, not 21.299999237060547. */
function shortest(value: number): number {
  for (const digits of [7, 8, 9]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/**
 * The value by its type as plain JSON: whole numbers beyond 2^53 as text, DateTime as ms since 1970.
 * @returns undefined where it has none, or none that JSON knows
 */
export function plainValue(value: MetricValue | undefined, datatype: number): unknown {
  if (typeof value === 'bigint') {
    const whole = wholeOf(value, datatype);
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : String(whole);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return value;
}

/** Signed types come as two's complement in an unsigned field. */
function wholeOf(value: bigint, datatype: number): bigint {
  switch (datatype) {
    case TYPE.Int8:
      return BigInt.asIntN(8, value);
    case TYPE.Int16:
      return BigInt.asIntN(16, value);
    case TYPE.Int32:
      return BigInt.asIntN(32, value);
    case TYPE.Int64:
      return BigInt.asIntN(64, value);
    default:
      return value;
  }
}

/** The command that makes a node send its births again; `now` in ms since 1970. */
export function rebirthCommand(now: number): Uint8Array {
  const at = BigInt(Math.max(0, Math.trunc(now)));
  return new BinaryWriter()
    .tag(1, WireType.Varint)
    .uint64(at)
    .tag(2, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string('Node Control/Rebirth')
    .tag(3, WireType.Varint)
    .uint64(at)
    .tag(4, WireType.Varint)
    .uint32(TYPE.Boolean)
    .tag(14, WireType.Varint)
    .bool(true)
    .join()
    .finish();
}
