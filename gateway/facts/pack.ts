// Columns as one piece of bytes, and back without copying: a JSON head, then each column, aligned to 8 bytes.
import type { Column, Columns } from '../../hall/figure/columns.ts';

const TYPES = { f: Float64Array, s: Uint16Array, b: Uint8Array } as const;
type TypeName = keyof typeof TYPES;

interface Head {
  readonly n: number;
  readonly names: readonly string[];
  readonly columns: readonly [name: string, type: TypeName][];
}

const ALIGN = 8;

export function packed({ n, names, columns }: Columns): Uint8Array {
  const head: Head = {
    n,
    names,
    columns: Object.entries(columns).map(([name, column]) => [name, typeOf(column)]),
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const parts = Object.values(columns);
  let length = aligned(4 + text.length);
  for (const part of parts) length += aligned(part.byteLength);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = aligned(4 + text.length);
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += aligned(part.byteLength);
  }
  return bytes;
}

export function unpacked(given: Uint8Array): Columns {
  const bytes = given.byteOffset % ALIGN === 0 ? given : given.slice();
  const { buffer, byteOffset } = bytes;
  const length = new DataView(buffer, byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  const { n, names, columns: types } = JSON.parse(text) as Head;
  const columns: Record<string, Column> = {};
  let at = byteOffset + aligned(4 + length);
  for (const [name, type] of types) {
    const column = new TYPES[type](buffer as ArrayBuffer, at, n);
    columns[name] = column;
    at += aligned(column.byteLength);
  }
  return { n, names, columns };
}

function typeOf(column: Column): TypeName {
  if (column instanceof Float64Array) return 'f';
  return column instanceof Uint16Array ? 's' : 'b';
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGN) * ALIGN;
}
