/** MQTT over TCP: a Deno connection as the transport of a device stream. */
import type { Transport } from './stream.ts';

/** About a hundred signals at once: as many as one client may have unacknowledged on their way. */
const readBytes = 16 * 1024;

export class TcpTransport implements Transport {
  readonly address: string;
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(readBytes);
  #closed = false;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.address = connection.remoteAddr.hostname;
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
  }
}
