/** What goes out on one connection: whatever has gathered, in one write. */
import type { Transport } from '../stream.ts';

export class Outward {
  readonly #transport: Transport;
  readonly #onError: (error: unknown) => void;
  #packets: Uint8Array[] = [];
  #acks: number[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(transport: Transport, onError: (error: unknown) => void) {
    this.#transport = transport;
    this.#onError = onError;
  }

  /** Nothing but acknowledgements waits to be written. */
  get idle(): boolean {
    return this.#packets.length === 0;
  }

  send(packet: Uint8Array): void {
    this.#packets.push(packet);
    this.#start();
  }

  acknowledge(packetId: number): void {
    this.#acks.push(packetId);
    this.#start();
  }

  /** Resolves when all of it has left, or the connection is closed. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  close(): void {
    this.#closed = true;
    this.#packets = [];
    this.#acks = [];
  }

  #start(): void {
    if (!this.#closed) this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      // All that one commit makes safe comes within this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#packets.length + this.#acks.length > 0) {
        // Acknowledgements first: behind a DISCONNECT they would not count.
        const bytes = Buffer.concat([pubacks(this.#acks), ...this.#packets]);
        this.#packets = [];
        this.#acks = [];
        await this.#transport.write(bytes);
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#writing = undefined;
    }
  }
}

/** PUBACK is four bytes in both versions where all is well (MQTT 5 §3.4.2.1). */
function pubacks(ids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * 4);
  let at = 0;
  for (const id of ids) {
    bytes[at++] = 0x40;
    bytes[at++] = 2;
    bytes[at++] = id >> 8;
    bytes[at++] = id & 0xff;
  }
  return bytes;
}
