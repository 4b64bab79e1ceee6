/**
 * A device's connection as the stream that the broker reads and writes: the same over TCP and over
 * WebSocket, with the limits that have to be kept before a packet is whole.
 */
import { Duplex } from 'node:stream';
import { LimitExceeded, type Limits, PacketTooLarge } from './limits.ts';

/** What carries the bytes. */
export interface Transport {
  readonly address: string;
  /** The next bytes, `null` at the end. The returned array is the caller's to keep. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when the transport can take more. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** While closed, nothing is read from any device: the journal's backpressure. */
export interface Gate {
  readonly opened: Promise<void> | undefined;
}

/** An end waits so long for what was written before it, ms. */
const LAST_WORDS_MS = 1_000;

type Done = (error?: Error | null) => void;

export class DeviceStream extends Duplex {
  readonly address: string;
  readonly #transport: Transport;
  readonly #gate: Gate;
  readonly #frames: Frames;
  #sending: Promise<void> | undefined;

  constructor(transport: Transport, limits: Limits, gate: Gate) {
    super({
      readableHighWaterMark: 16 * 1024,
      writableHighWaterMark: limits.outwardBytesMax,
      decodeStrings: true,
      allowHalfOpen: false,
    });
    this.address = transport.address;
    this.#transport = transport;
    this.#gate = gate;
    this.#frames = new Frames(limits.packetBytesMax);
  }

  /** Everything written has left; resolves at once when nothing waits. */
  flushed(): Promise<void> {
    if (this.writableLength === 0 || this.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.once('drained', resolve);
      this.once('close', resolve);
    });
  }

  /** A subscriber that does not read must not hold up those who publish: it is closed instead. */
  override write(chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    const more =
      typeof encoding === 'string'
        ? super.write(chunk, encoding, done)
        : super.write(chunk, encoding ?? done);
    if (!more && !this.destroyed) {
      this.destroy(
        new LimitExceeded('slow_subscriber', `write: ${this.writableLength} bytes wait unread`),
      );
    }
    return more;
  }

  override _read(): void {
    this.#pull().catch((error: Error) => this.destroy(error));
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const close = () => this.#transport.close();
    // The last words, such as a CONNACK that says why, are on their way still.
    if (error === null && this.#sending !== undefined) {
      const timer = setTimeout(close, LAST_WORDS_MS);
      void this.#sending.finally(() => {
        clearTimeout(timer);
        close();
      });
    } else close();
    done(error);
  }

  async #pull(): Promise<void> {
    while (this.#gate.opened !== undefined) await this.#gate.opened;
    if (this.destroyed) return;
    const bytes = await this.#transport.read();
    if (this.destroyed) return;
    if (bytes === null) return void this.push(null);
    this.#frames.pass(bytes);
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #send(bytes: Uint8Array, done: Done): void {
    this.#sending = this.#transport.write(bytes).then(
      () => {
        this.#sending = undefined;
        done();
        if (this.writableLength === 0) this.emit('drained');
      },
      (error: Error) => done(error),
    );
  }
}

/**
 * Follows MQTT's fixed headers (MQTT 3.1.1 §2.2) through the bytes, so that a packet that is too
 * large is known from its first five bytes and never gathered in memory.
 */
export class Frames {
  readonly #packetBytesMax: number;
  /** Bytes of the current packet's body still to come. */
  #body = 0;
  /** Bytes of the current header seen so far: 0 = a new packet begins. */
  #header = 0;
  #length = 0;
  /** MQTT control packet type of the current packet */
  #kind = 0;

  constructor(packetBytesMax: number) {
    this.#packetBytesMax = packetBytesMax;
  }

  /** Throws `LimitExceeded` at the header of a packet that is too large or has no valid length. */
  pass(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#body > 0) {
        const step = Math.min(this.#body, bytes.length - at);
        this.#body -= step;
        at += step;
        continue;
      }
      const byte = bytes[at++]!;
      if (this.#header++ === 0) {
        this.#length = 0;
        this.#kind = byte >> 4;
        continue;
      }
      this.#length += (byte & 0x7f) * 128 ** (this.#header - 2);
      if (byte & 0x80) {
        if (this.#header <= 4) continue;
        throw new LimitExceeded('malformed', 'packet: its length takes over 4 bytes');
      }
      if (this.#length > this.#packetBytesMax) {
        const topic = this.#kind === PUBLISH ? topicAt(bytes.subarray(at)) : undefined;
        throw new PacketTooLarge(this.#length, this.#packetBytesMax, topic);
      }
      this.#body = this.#length;
      this.#header = 0;
    }
  }
}

const PUBLISH = 3;
const TOPIC_SHOWN_MAX = 200;

/** The topic at the beginning of a PUBLISH's body (MQTT 3.1.1 §3.3.2), where so much of it is there. */
function topicAt(body: Uint8Array): string | undefined {
  if (body.length < 2) return undefined;
  const length = (body[0]! << 8) | body[1]!;
  const topic = body.subarray(2, 2 + Math.min(length, TOPIC_SHOWN_MAX));
  return topic.length < Math.min(length, TOPIC_SHOWN_MAX)
    ? undefined
    : new TextDecoder().decode(topic);
}
