// Writes Sparkplug B payloads as an edge node does, for tests.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { TYPE } from '../../../vendors/reader/sparkplug-payload.ts';

export interface MetricDraft {
  name?: string;
  alias?: number;
  timestamp?: number;
  type?: keyof typeof TYPE;
  value?: number | string | boolean;
  historical?: boolean;
}

export interface PayloadDraft {
  timestamp?: number;
  seq?: number;
  metrics?: readonly MetricDraft[];
}

export function encode({ timestamp, seq, metrics = [] }: PayloadDraft): Uint8Array {
  const writer = new BinaryWriter();
  if (timestamp !== undefined) writer.tag(1, WireType.Varint).uint64(timestamp);
  for (const metric of metrics) {
    writer.tag(2, WireType.LengthDelimited).fork();
    encodeMetric(writer, metric);
    writer.join();
  }
  if (seq !== undefined) writer.tag(3, WireType.Varint).uint64(seq);
  return writer.finish();
}

function encodeMetric(writer: BinaryWriter, metric: MetricDraft): void {
  const { name, alias, timestamp, type = 'Int32', value, historical } = metric;
  if (name !== undefined) writer.tag(1, WireType.LengthDelimited).string(name);
  if (alias !== undefined) writer.tag(2, WireType.Varint).uint64(alias);
  if (timestamp !== undefined) writer.tag(3, WireType.Varint).uint64(timestamp);
  writer.tag(4, WireType.Varint).uint32(TYPE[type]);
  if (historical !== undefined) writer.tag(5, WireType.Varint).bool(historical);
  if (typeof value === 'boolean') writer.tag(14, WireType.Varint).bool(value);
  else if (typeof value === 'string') writer.tag(15, WireType.LengthDelimited).string(value);
  else if (typeof value === 'number' && type === 'Double') {
    writer.tag(13, WireType.Bit64).double(value);
  } else if (typeof value === 'number' && type === 'Float') {
    writer.tag(12, WireType.Bit32).float(value);
  } else if (typeof value === 'number' && /64|DateTime/.test(type)) {
    writer.tag(11, WireType.Varint).uint64(BigInt.asUintN(64, BigInt(value)));
  } else if (typeof value === 'number') writer.tag(10, WireType.Varint).uint32(value >>> 0);
  else writer.tag(7, WireType.Varint).bool(true);
}

export const birth = (bdSeq: number, metrics: readonly MetricDraft[] = [], seq = 0) =>
  encode({ seq, metrics: [{ name: 'bdSeq', type: 'UInt64', value: bdSeq }, ...metrics] });

export const death = (bdSeq: number) =>
  encode({ metrics: [{ name: 'bdSeq', type: 'UInt64', value: bdSeq }] });
