/** MQTT over WebSocket (MQTT 3.1.1 §6): a socket of the HTTP port as the transport of a device stream. */
import { cutOff } from './cut-off.ts';
import { ConnectionGone } from './limits.ts';
import type { Transport } from './stream.ts';
import { localized } from '../start/language.mjs';

export interface WebSocketOptions {
  /** Read but not yet taken by the broker; the WebSocket API cannot stop reading, so more closes it. */
  inwardBytesMax: number;
}

/** Above this many unsent bytes a write waits. */
const sendAheadBytes = 64 * 1024;
const sendPollMs = 10;
/** A peer has so long to answer a close. */
const closeMs = 5_000;

/** Close code for a text frame where MQTT allows binary ones only (RFC 6455 §7.4.1). */
const unsupportedData = 1003;
const messageTooBig = 1009;

const pieceBytes = 16 * 1024;

/**
 * Bytes that wait, in pieces. Small frames are put together: a million frames of one byte are as many bytes, not as many
 * objects; and pieces are taken by an index, as `shift` moves the whole array.
 */
export class Pieces {
  #pieces: Uint8Array[] = [];
  #next = 0;
  /** The last piece, while it has room: so much of it is filled. */
  #filled: number | undefined;
  bytes = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytes += bytes.length;
    if (bytes.length >= pieceBytes / 4) {
      this.#close();
      this.#pieces.push(bytes);
      return;
    }
    if (this.#filled !== undefined && this.#filled + bytes.length > pieceBytes) this.#close();
    if (this.#filled === undefined) {
      this.#pieces.push(new Uint8Array(pieceBytes));
      this.#filled = 0;
    }
    this.#pieces.at(-1)!.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  take(): Uint8Array | undefined {
    if (this.#next === this.#pieces.length - 1) this.#close();
    const piece = this.#pieces[this.#next];
    if (piece === undefined) return undefined;
    if (++this.#next === this.#pieces.length) [this.#pieces, this.#next] = [[], 0];
    this.bytes -= piece.length;
    return piece;
  }

  #close(): void {
    if (this.#filled === undefined) return;
    this.#pieces.push(this.#pieces.pop()!.slice(0, this.#filled));
    this.#filled = undefined;
  }
}

export class WebSocketTransport implements Transport {
  readonly address: string;
  readonly #socket: WebSocket;
  #arrived = new Pieces();
  /** Told when more waits to be read. */
  onWaiting?: () => void;
  readonly #closed = Promise.withResolvers<void>();
  #cutting: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  #gone = false;
  #wake: (() => void) | undefined;

  /** @param socket upgraded with the subprotocol `mqtt` */
  constructor(socket: WebSocket, address: string, { inwardBytesMax }: WebSocketOptions) {
    this.#socket = socket;
    this.address = address;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof ArrayBuffer)) return this.#end(unsupportedData);
      if (this.#arrived.bytes + data.byteLength > inwardBytesMax) return this.#end(messageTooBig);
      this.#arrived.push(new Uint8Array(data));
      this.onWaiting?.();
      this.#wake?.();
    });
    socket.addEventListener('close', () => {
      clearTimeout(this.#cutting);
      this.#end();
      this.#closed.resolve();
    });
    socket.addEventListener('error', () => {
      this.#gone = true;
      this.#end();
    });
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const bytes = this.#arrived.take();
      if (bytes !== undefined) return bytes;
      if (this.#gone)
        throw new ConnectionGone(
          localized('读取：WebSocket 中断', 'read: the WebSocket broke off'),
        );
      if (this.#ended) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      await new Promise((resolve) =>
        this.#socket.addEventListener('open', resolve, { once: true }),
      );
    }
    // There is no event for "sent": looking now and then is all that the API offers.
    while (
      this.#socket.readyState === WebSocket.OPEN &&
      this.#socket.bufferedAmount > sendAheadBytes
    ) {
      await new Promise((resolve) => setTimeout(resolve, sendPollMs));
    }
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new ConnectionGone(
        localized('写入：WebSocket 已关闭', 'write: the WebSocket is closed'),
      );
    }
    this.#socket.send(new Uint8Array(bytes));
  }

  get waiting(): number {
    return this.#arrived.bytes;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.#end(1000);
  }

  #end(code?: number): void {
    this.#ended = true;
    this.#wake?.();
    if (code === undefined || this.#cutting !== undefined) return;
    if (this.#socket.readyState === WebSocket.CLOSED) return this.#closed.resolve();
    // Nothing that waits is read any more.
    this.#arrived = new Pieces();
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code);
    this.#cutting = setTimeout(() => {
      cutOff(this.#socket);
      this.#closed.resolve();
    }, closeMs);
  }
}
