/**
 * A device's connection as the stream that the broker reads and writes: the same over TCP and over
 * WebSocket, with the limits that have to be kept before a packet is whole.
 */
import { Duplex } from 'node:stream';
import type { Guest } from './admission.ts';
import { type CloseReason, LimitExceeded, type Limits, PacketTooLarge } from './limits.ts';
import type { Holder, Memory } from './memory.ts';
import type { Turns } from './turns.ts';

/** What carries the bytes. */
export interface Transport {
  readonly address: string;
  /** The next bytes, `null` at the end. The returned array is the caller's to keep. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when the transport can take more. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
  /** Bytes that have come and were not read, where the transport cannot stop reading; and who is told of more. */
  readonly waiting?: number;
  onWaiting?: () => void;
  /** Resolves some seconds after `close` at the latest: the connection is gone. */
  readonly closed: Promise<void>;
}

/** While closed, nothing is read from any device: the journal's backpressure. */
export interface Gate {
  readonly opened: Promise<void> | undefined;
}

/** Packets that a connection hands on in one turn: about a hundred signals fill one read of its socket. */
const SLICE_PACKETS = 100;
/**
 * Above so many messages or bytes of one connection that are read and not acknowledged, nothing more is read from it. aedes
 * counts as well, but its count falls with each read.
 */
const IN_FLIGHT = { messages: 1000, bytes: 256 * 1024 };
/** An end waits so long for what was written before it, ms. */
const LAST_WORDS_MS = 1_000;

type Done = (error?: Error | null) => void;

export interface StreamOptions {
  readonly limits: Limits;
  readonly gate: Gate;
  readonly memory: Memory;
  readonly turns: Turns;
  /** A packet's header was read; returns how long the next ones have to wait, ms. */
  readonly onPacket: (kind: number, bytes: number) => number;
}

export class DeviceStream extends Duplex implements Guest, Holder {
  readonly address: string;
  readonly #transport: Transport;
  readonly #gate: Gate;
  readonly #frames: Frames;
  #sending: Promise<void> | undefined;

  readonly #memory: Memory;
  readonly #options: StreamOptions;
  #spentMs = 0;
  #carried = 0;
  #inFlight = 0;
  #onLanded: (() => void) | undefined;
  /** Read, and not handed on yet. */
  #unread: Uint8Array | undefined;
  holds = 0;
  heardAt = performance.now();
  /** Of its CONNECT. */
  keepAliveMs = 0;
  isListed = false;

  constructor(transport: Transport, options: StreamOptions) {
    const { limits, gate, memory } = options;
    super({
      readableHighWaterMark: 16 * 1024,
      writableHighWaterMark: limits.outwardBytesMax,
      decodeStrings: true,
      allowHalfOpen: false,
    });
    this.address = transport.address;
    this.#transport = transport;
    this.#gate = gate;
    this.#memory = memory;
    this.#options = options;
    this.#frames = new Frames(limits.packetBytesMax);
    if (transport.waiting !== undefined) transport.onWaiting = () => this.#account();
  }

  /** A message of so many bytes was read and is not safe yet. */
  carry(bytes: number): void {
    this.#carried += bytes;
    this.#inFlight++;
    this.#account();
  }

  /** A message of so many bytes is acknowledged, or refused. */
  land(bytes: number): void {
    this.#carried -= bytes;
    this.#inFlight--;
    this.#account();
    if (!this.#isFull) this.#onLanded?.();
  }

  get #isFull(): boolean {
    return this.#inFlight >= IN_FLIGHT.messages || this.#carried >= IN_FLIGHT.bytes;
  }

  relieve(): void {
    this.destroy(new LimitExceeded('memory', `connection: holds ${this.holds} bytes, the most`));
  }

  giveWay(reason: CloseReason): void {
    this.destroy(new LimitExceeded(reason, 'connection: another one needs its place'));
  }

  #account(): void {
    const holds = this.destroyed
      ? 0
      : this.#frames.begun +
        this.writableLength +
        this.#carried +
        (this.#unread?.length ?? 0) +
        (this.#transport.waiting ?? 0);
    const change = holds - this.holds;
    this.holds = holds;
    if (change !== 0) this.#memory.change(this, change);
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
    } else this.#account();
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
    this.#account();
    this.#onLanded?.();
    done(error);
  }

  async #pull(): Promise<void> {
    while (this.#gate.opened !== undefined) await this.#gate.opened;
    while (this.#isFull && !this.destroyed) await this.#landed();
    if (this.destroyed) return;
    const bytes = this.#unread ?? (await this.#readInTime());
    if (this.destroyed) return;
    if (bytes === null) return void this.push(null);
    this.heardAt = performance.now();
    await this.#options.turns.take(this.isListed);
    if (this.destroyed) return;
    let waitMs = 0;
    const passed = this.#frames.pass(bytes, SLICE_PACKETS, (kind, length) => {
      waitMs = Math.max(waitMs, this.#options.onPacket(kind, length));
    });
    this.#unread = passed < bytes.length ? bytes.subarray(passed) : undefined;
    this.#account();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (this.destroyed) return;
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, passed));
  }

  #landed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLanded = () => {
        this.#onLanded = undefined;
        resolve();
      };
    });
  }

  /** A packet that has begun has its time; only what is spent waiting for its bytes counts. */
  async #readInTime(): Promise<Uint8Array | null> {
    if (this.#frames.begun === 0) {
      this.#spentMs = 0;
      return await this.#transport.read();
    }
    const began = performance.now();
    const timer = setTimeout(() => {
      this.destroy(new LimitExceeded('packet_time', 'packet: was not whole in time'));
    }, this.#options.limits.packetMsMax - this.#spentMs);
    try {
      return await this.#transport.read();
    } finally {
      clearTimeout(timer);
      this.#spentMs += performance.now() - began;
    }
  }

  #send(bytes: Uint8Array, done: Done): void {
    this.#sending = this.#transport.write(bytes).then(
      () => {
        this.#sending = undefined;
        done();
        this.#account();
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

  /** Bytes of the current packet that have come: 0 where none has begun. */
  get begun(): number {
    return this.#body > 0 ? this.#length - this.#body + 2 : this.#header;
  }

  /**
   * Follows the bytes until so many packets have ended, and returns how many bytes those are.
   * Throws `LimitExceeded` at the header of a packet that is too large or has no valid length.
   */
  pass(
    bytes: Uint8Array,
    packetsMax = Infinity,
    onPacket: (kind: number, bytes: number) => void = () => {},
  ): number {
    let at = 0;
    let packets = 0;
    while (at < bytes.length && packets < packetsMax) {
      if (this.#body > 0) {
        const step = Math.min(this.#body, bytes.length - at);
        this.#body -= step;
        at += step;
        if (this.#body === 0) packets++;
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
      onPacket(this.#kind, this.#length);
      this.#body = this.#length;
      this.#header = 0;
      if (this.#body === 0) packets++;
    }
    return at;
  }
}

export const PUBLISH = 3;
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
