/**
 * Cuts packets that are too large for memory down to their first bytes as they pass. Refusing them instead would make
 * the broker send them again for ever; and what is left is enough to tell where it came from: a dead letter.
 */

export class Shorten {
  readonly #bodyBytesMax: number;
  /** Bytes of the current packet's body still to pass on, and after them still to drop. */
  #pass = 0;
  #drop = 0;
  /** A fixed header (MQTT 3.1.1 §2.2) of which a part is there. */
  #begun = new Uint8Array(0);
  /** Packets that were cut. */
  count = 0;

  /** @param bodyBytesMax what is left of a packet, without its fixed header */
  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** The bytes to read instead, in order. Throws at a header without a valid length. */
  cut(arrived: Uint8Array): Uint8Array[] {
    const bytes = this.#begun.length === 0 ? arrived : joined(this.#begun, arrived);
    this.#begun = new Uint8Array(0);
    const parts: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    const keep = (to: number, next: number) => {
      if (to > from) parts.push(bytes.subarray(from, to));
      from = next;
    };
    while (at < bytes.length) {
      if (this.#pass > 0) {
        const step = Math.min(this.#pass, bytes.length - at);
        this.#pass -= step;
        at += step;
      } else if (this.#drop > 0) {
        const step = Math.min(this.#drop, bytes.length - at);
        this.#drop -= step;
        keep(at, at + step);
        at += step;
      } else {
        const end = headerEnd(bytes, at);
        if (end === undefined) {
          this.#begun = bytes.slice(at);
          keep(at, bytes.length);
          break;
        }
        const length = bodyLength(bytes, at + 1, end);
        if (length > this.#bodyBytesMax) {
          this.count++;
          this.#drop = length - this.#bodyBytesMax;
          keep(at, end);
          parts.push(header(bytes[at]!, this.#bodyBytesMax));
        }
        this.#pass = length - this.#drop;
        at = end;
      }
    }
    keep(bytes.length, bytes.length);
    return parts;
  }
}

/** Where the body of the packet at `at` begins; undefined while its header is not whole. */
function headerEnd(bytes: Uint8Array, at: number): number | undefined {
  for (let place = at + 1; place < bytes.length; place++) {
    if (bytes[place]! < 0x80) return place + 1;
    if (place === at + 4) throw new Error('packet: its length takes over 4 bytes');
  }
  return undefined;
}

function bodyLength(bytes: Uint8Array, from: number, end: number): number {
  let length = 0;
  for (let place = end - 1; place >= from; place--) length = length * 128 + (bytes[place]! & 0x7f);
  return length;
}

function header(first: number, length: number): Uint8Array {
  const bytes = [first];
  for (let rest = length; rest > 0 || bytes.length === 1; rest = Math.trunc(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
  }
  return Uint8Array.from(bytes);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
