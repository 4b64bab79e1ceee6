/** MQTT over WebSocket (MQTT 3.1.1 §6): a socket of the HTTP port as the transport of a device stream. */
import { ConnectionGone } from './limits.ts';
import type { Transport } from './stream.ts';

export interface WebSocketOptions {
  /** Read but not yet taken by the broker; the WebSocket API cannot stop reading, so more closes it. */
  inwardBytesMax: number;
}

/** Above this many unsent bytes a write waits. */
const sendAheadBytes = 64 * 1024;
const sendPollMs = 10;

/** Close code for a text frame where MQTT allows binary ones only (RFC 6455 §7.4.1). */
const unsupportedData = 1003;
const messageTooBig = 1009;

export class WebSocketTransport implements Transport {
  readonly address: string;
  readonly #socket: WebSocket;
  readonly #arrived: Uint8Array[] = [];
  #arrivedBytes = 0;
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
      this.#arrivedBytes += data.byteLength;
      if (this.#arrivedBytes > inwardBytesMax) return this.#end(messageTooBig);
      if (data.byteLength > 0) this.#arrived.push(new Uint8Array(data));
      this.#wake?.();
    });
    socket.addEventListener('close', () => this.#end());
    socket.addEventListener('error', () => {
      this.#gone = true;
      this.#end();
    });
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const bytes = this.#arrived.shift();
      if (bytes !== undefined) {
        this.#arrivedBytes -= bytes.byteLength;
        return bytes;
      }
      if (this.#gone) throw new ConnectionGone('read: the WebSocket broke off');
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
      throw new ConnectionGone('write: the WebSocket is closed');
    }
    this.#socket.send(new Uint8Array(bytes));
  }

  close(): void {
    this.#end(1000);
  }

  #end(code?: number): void {
    this.#ended = true;
    this.#wake?.();
    if (code !== undefined && this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code);
  }
}
