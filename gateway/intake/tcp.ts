/** MQTT over TCP or TLS: a Deno connection as the transport of a stream of packets. */
import type { Transport } from './stream.ts';

/** About a hundred signals at once: as many as one client may have unacknowledged on their way. */
const deviceReadBytes = 16 * 1024;

export class TcpTransport implements Transport {
  readonly address: string;
  readonly #connection: Deno.TcpConn | Deno.TlsConn;
  readonly #buffer: Uint8Array;
  readonly closed: Promise<void>;
  #onClosed: () => void = () => {};
  #closed = false;

  /** @param readBytes at most in one read */
  constructor(connection: Deno.TcpConn | Deno.TlsConn, readBytes = deviceReadBytes) {
    this.#connection = connection;
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    this.#buffer = new Uint8Array(readBytes);
    this.address = connection.remoteAddr.hostname;
    if (!('setNoDelay' in connection)) return;
    // Acknowledgements are small and wanted now; a peer that vanished is noticed by TCP itself.
    connection.setNoDelay(true);
    connection.setKeepAlive(true);
  }

  async read(): Promise<Uint8Array | null> {
    const count = await this.#connection.read(this.#buffer);
    return count === null ? null : this.#buffer.slice(0, count);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(sent === 0 ? bytes : bytes.subarray(sent));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
    this.#onClosed();
  }
}
