// WebSocket frames at the server's side (RFC 6455 §5): read as they arrive, refused by their header where they are too
// large, so that no message takes more memory than it may have.

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Close codes, RFC 6455 §7.4.1. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocol: 1002,
  noStatus: 1005,
  abnormal: 1006,
  encoding: 1007,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  tryAgain: 1013,
} as const;

/** What the peer did wrong, with the code that tells it. */
export class FrameError extends Error {
  override name = 'FrameError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface FrameEvents {
  text(text: string): void;
  binary(bytes: Uint8Array<ArrayBuffer>): void;
  ping(payload: Uint8Array): void;
  pong(): void;
  close(code: number, reason: string): void;
}

const CONTROL_BYTES_MAX = 125;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Makes messages of a client's bytes; throws `FrameError`, after which nothing may be given to it. */
export class FrameReader {
  /** Bytes of one message, all its fragments together. */
  messageBytesMax: number;
  /** whole frames so far */
  frames = 0;
  readonly #events: FrameEvents;
  readonly #header = new Uint8Array(14);
  #headerBytes = 0;
  /** the frame whose payload is being read */
  #opcode = 0;
  #isFinal = false;
  #left = 0;
  #maskAt = 0;
  #maskPlace = 0;
  readonly #control = new Uint8Array(CONTROL_BYTES_MAX);
  #controlBytes = 0;
  /** the message whose fragments are being read; 0 = none */
  #kind = 0;
  #message = new Uint8Array(0);
  #messageBytes = 0;
  #stopped = false;

  constructor(messageBytesMax: number, events: FrameEvents) {
    this.messageBytesMax = messageBytesMax;
    this.#events = events;
  }

  /** A frame or a message has begun and is not whole. */
  get isWithin(): boolean {
    return this.#headerBytes > 0 || this.#kind !== 0;
  }

  /** Reads nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#message = new Uint8Array(0);
  }

  take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#stopped;) {
      at = this.#left > 0 ? this.#takePayload(chunk, at) : this.#takeHeader(chunk, at);
    }
  }

  #takeHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#headerBytes < this.#headerSize()) {
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
    }
    if (this.#headerBytes === this.#headerSize()) this.#begin();
    return at;
  }

  /** 2 bytes say how long it is: the length may take 2 or 8 more, the mask 4. */
  #headerSize(): number {
    if (this.#headerBytes < 2) return 2;
    const short = (this.#header[1] ?? 0) & 0x7f;
    return 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + 4;
  }

  #begin(): void {
    const [first = 0, second = 0] = this.#header;
    const view = new DataView(this.#header.buffer);
    const short = second & 0x7f;
    const length =
      short === 127
        ? view.getUint32(2) * 2 ** 32 + view.getUint32(6)
        : short === 126
          ? view.getUint16(2)
          : short;
    this.#opcode = first & 0x0f;
    this.#isFinal = (first & 0x80) !== 0;
    this.#maskAt = this.#headerSize() - 4;
    this.#maskPlace = 0;
    if ((first & 0x70) !== 0) throw new FrameError(CLOSE.protocol, 'reserved bits');
    if ((second & 0x80) === 0) throw new FrameError(CLOSE.protocol, 'a frame without a mask');
    this.#check(length);
    this.#left = length;
    if (length === 0) this.#end();
  }

  #check(length: number): void {
    const opcode = this.#opcode;
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) throw new FrameError(CLOSE.protocol, `opcode ${opcode}`);
      if (length > CONTROL_BYTES_MAX || !this.#isFinal) {
        throw new FrameError(CLOSE.protocol, 'a long control frame');
      }
      this.#controlBytes = 0;
      return;
    }
    if (opcode > OPCODE.binary) throw new FrameError(CLOSE.protocol, `opcode ${opcode}`);
    const isNew = opcode !== OPCODE.continuation;
    if (isNew === (this.#kind !== 0)) throw new FrameError(CLOSE.protocol, 'fragments');
    if (isNew) this.#kind = opcode;
    if (this.#messageBytes + length > this.messageBytesMax) {
      const detail = `a message should have at most ${this.messageBytesMax} bytes`;
      throw new FrameError(CLOSE.tooBig, detail);
    }
  }

  #takePayload(chunk: Uint8Array, from: number): number {
    const count = Math.min(this.#left, chunk.length - from);
    const isControl = this.#opcode >= OPCODE.close;
    const into = isControl ? this.#control : this.#room(count);
    const at = isControl ? this.#controlBytes : this.#messageBytes;
    for (let index = 0; index < count; index++) {
      const mask = this.#header[this.#maskAt + ((this.#maskPlace + index) & 3)] ?? 0;
      into[at + index] = (chunk[from + index] ?? 0) ^ mask;
    }
    this.#maskPlace += count;
    if (isControl) this.#controlBytes += count;
    else this.#messageBytes += count;
    this.#left -= count;
    if (this.#left === 0) this.#end();
    return from + count;
  }

  /** The message's bytes with room for so many more: it grows with what has arrived, not with what is announced. */
  #room(count: number): Uint8Array {
    const needed = this.#messageBytes + count;
    if (needed > this.#message.length) {
      const length = Math.max(needed, Math.min(2 * this.#message.length, this.messageBytesMax));
      const grown = new Uint8Array(length);
      grown.set(this.#message.subarray(0, this.#messageBytes));
      this.#message = grown;
    }
    return this.#message;
  }

  #end(): void {
    this.frames++;
    this.#headerBytes = 0;
    if (this.#opcode >= OPCODE.close) return this.#tellControl();
    if (!this.#isFinal) return;
    const bytes = this.#message.subarray(0, this.#messageBytes);
    const isText = this.#kind === OPCODE.text;
    this.#kind = 0;
    this.#message = new Uint8Array(0);
    this.#messageBytes = 0;
    if (isText) this.#events.text(textOf(bytes));
    else this.#events.binary(bytes);
  }

  #tellControl(): void {
    const payload = this.#control.slice(0, this.#controlBytes);
    if (this.#opcode === OPCODE.ping) return this.#events.ping(payload);
    if (this.#opcode === OPCODE.pong) return this.#events.pong();
    if (payload.length === 1) throw new FrameError(CLOSE.protocol, 'a close code of one byte');
    const code = payload.length === 0 ? CLOSE.noStatus : new DataView(payload.buffer).getUint16(0);
    this.#events.close(code, textOf(payload.subarray(2)));
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FrameError(CLOSE.encoding, 'text that is not UTF-8');
  }
}

/** A server's frame: whole and without a mask. */
export function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const extra = length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const bytes = new Uint8Array(2 + extra + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | opcode;
  bytes[1] = extra === 8 ? 127 : extra === 2 ? 126 : length;
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  bytes.set(payload, 2 + extra);
  return bytes;
}

export function closeFrame(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, CONTROL_BYTES_MAX - 2);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  return frame(OPCODE.close, payload);
}
