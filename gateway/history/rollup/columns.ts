// Columns of numbers as one blob, each as narrow as its values allow: what a rollup keeps per hour and field.

export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/*
 * Little-endian, as every machine that this runs on. Byte 0: how many columns; then a type each, padded to 8; then a
 * length each (u32), padded to 8; then the columns, each padded to 8, so that they are read in place.
 */
const ARRAYS = [Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array] as const;
const FLOAT = 4;
const LIMITS = [0xff, 0xffff, 0xffff_ffff] as const;
const INT_MIN = -0x8000_0000;
const INT_MAX = 0x7fff_ffff;

const padded = (bytes: number): number => (bytes + 7) & ~7;

/** The columns as one blob; at most 255 of them. */
export function packColumns(columns: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const types = columns.map(narrowest);
  const head = padded(1 + columns.length);
  const lengths = padded(4 * columns.length);
  let size = head + lengths;
  for (const [index, column] of columns.entries())
    size += padded(bytesOf(types[index]) * column.length);
  const buffer = new ArrayBuffer(size);
  const bytes = new Uint8Array(buffer);
  bytes[0] = columns.length;
  bytes.set(types, 1);
  new Uint32Array(buffer, head, columns.length).set(columns.map(({ length }) => length));
  let at = head + lengths;
  for (const [index, column] of columns.entries()) {
    viewOf(buffer, types[index], at, column.length).set(column);
    at += padded(bytesOf(types[index]) * column.length);
  }
  return bytes;
}

/** The columns of a blob. They may share its memory. */
export function unpackColumns(blob: Uint8Array<ArrayBuffer>): Column[] {
  const bytes = blob.byteOffset % 8 === 0 ? blob : blob.slice();
  const { buffer, byteOffset } = bytes;
  const count = bytes[0] ?? 0;
  const head = padded(1 + count);
  const lengths = new Uint32Array(buffer, byteOffset + head, count);
  let at = byteOffset + head + padded(4 * count);
  const columns: Column[] = [];
  for (let index = 0; index < count; index++) {
    const [type, length = 0] = [bytes[1 + index], lengths[index]];
    columns.push(viewOf(buffer, type, at, length));
    at += padded(bytesOf(type) * length);
  }
  return columns;
}

function narrowest(values: readonly number[]): number {
  let [least, most] = [0, 0];
  for (const value of values) {
    if (!Number.isInteger(value)) return FLOAT;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least < 0) return least >= INT_MIN && most <= INT_MAX ? 3 : FLOAT;
  const type = LIMITS.findIndex((limit) => most <= limit);
  return type === -1 ? FLOAT : type;
}

function bytesOf(type = FLOAT): number {
  return (ARRAYS[type] ?? Float64Array).BYTES_PER_ELEMENT;
}

function viewOf(buffer: ArrayBuffer, type = FLOAT, at: number, length: number): Column {
  return new (ARRAYS[type] ?? Float64Array)(buffer, at, length);
}
