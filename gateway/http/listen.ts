// The HTTP port: listens, hands each request to the router, and lets nobody hold a connection that is not used.
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CannotListen } from '../cannot-listen.ts';
import { answer, refuseBadRequest, requestOf } from './exchange.ts';
import type { Router } from './router.ts';
import { askUpgrade } from './upgrade.ts';
import { UPGRADED } from './upgraded.ts';

export interface HttpListener {
  readonly port: number;
  /** Lets answers that are on their way be taken, at most for a second. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 = any free one */
  readonly port: number;
  readonly router: Router;
  readonly onError: (error: unknown, where: { stage: 'http' }) => void;
  /** Connections of one address that are not upgraded. */
  readonly connectionsPerAddress?: number;
  readonly timeouts?: Partial<Timeouts>;
}

/** ms */
export interface Timeouts {
  /** until a request's head, and until all of it, has come; what reads a body has a shorter limit of its own */
  readonly head: number;
  readonly request: number;
  /** between two requests */
  readonly idle: number;
  /** for one piece of an answer to be taken */
  readonly piece: number;
}

const TIMEOUTS: Timeouts = { head: 10_000, request: 3_600_000, idle: 15_000, piece: 30_000 };
const CONNECTIONS_PER_ADDRESS = 512;
const STOP_MS = 1_000;

/** Rejects with `CannotListen` where the port cannot be had. */
export async function listenHttp(options: ListenOptions): Promise<HttpListener> {
  const { host, port } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const server = createServer({
    headersTimeout: timeouts.head,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.idle,
    connectionsCheckingInterval: Math.min(1_000, timeouts.head / 2),
  });
  const upgraded = new Set<Socket>();
  const connections = new Connections(options.connectionsPerAddress ?? CONNECTIONS_PER_ADDRESS);
  server.on('connection', (tcp: Socket) => connections.admit(tcp));
  serveRequests(server, options, timeouts.piece);
  serveUpgrades(server, options, timeouts.piece, (tcp) => {
    connections.release(tcp);
    upgraded.add(tcp);
    tcp.once('close', () => upgraded.delete(tcp));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CannotListen('--http', host, port, error)));
    server.listen(port, host, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', (error) => options.onError(error, { stage: 'http' }));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        server.closeAllConnections();
        for (const tcp of upgraded) tcp.destroy();
      }, STOP_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function serveRequests(server: Server, { router, onError }: ListenOptions, pieceMs: number): void {
  server.on('request', (incoming, outgoing) => {
    const request = requestOf(incoming);
    if (request === undefined) return void refuseBadRequest(outgoing, pieceMs);
    const over = new Promise((resolve) => outgoing.once('close', resolve));
    router(request, addressOf(incoming.socket), over)
      .then((response) => answer(response, outgoing, pieceMs))
      .catch((error: unknown) => {
        onError(error, { stage: 'http' });
        outgoing.destroy();
      });
  });
  // A request that cannot be read is answered and ended. A reset is nobody's fault.
  server.on('clientError', (error: Error & { code?: string }, tcp) => {
    if (!tcp.writable) return void tcp.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Too Large' : '400 Bad Request';
    tcp.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
}

function serveUpgrades(
  server: Server,
  { router, onError }: ListenOptions,
  pieceMs: number,
  onUpgraded: (tcp: Socket) => void,
): void {
  /** An answer on a connection that is not upgraded after all, and its end. */
  const plain = (incoming: IncomingMessage, tcp: Socket): ServerResponse => {
    const outgoing = new ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(tcp);
    outgoing.once('finish', () => tcp.end());
    return outgoing;
  };
  server.on('upgrade', (incoming, duplex, head) => {
    const tcp = duplex as Socket;
    // Without a listener, a connection that breaks now would end the process.
    tcp.on('error', () => {});
    const request = requestOf(incoming);
    if (request === undefined) return void refuseBadRequest(plain(incoming, tcp), pieceMs);
    askUpgrade(request, tcp, head);
    const over = Promise.withResolvers<void>();
    tcp.once('close', over.resolve);
    router(request, addressOf(tcp), over.promise)
      .then(async (response) => {
        if (response === UPGRADED) {
          over.resolve();
          onUpgraded(tcp);
        }
        if (response !== UPGRADED) await answer(response, plain(incoming, tcp), pieceMs);
      })
      .catch((error: unknown) => {
        onError(error, { stage: 'http' });
        tcp.destroy();
      });
  });
}

/** Those of an address that are not upgraded; one beyond its limit is ended before it is read. */
class Connections {
  readonly #perAddress: number;
  readonly #counted = new Map<Socket, string>();
  readonly #counts = new Map<string, number>();

  constructor(perAddress: number) {
    this.#perAddress = perAddress;
  }

  admit(tcp: Socket): void {
    const address = addressOf(tcp);
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#perAddress) return void tcp.destroy();
    this.#counts.set(address, count + 1);
    this.#counted.set(tcp, address);
    tcp.once('close', () => this.release(tcp));
  }

  release(tcp: Socket): void {
    const address = this.#counted.get(tcp);
    if (address === undefined) return;
    this.#counted.delete(tcp);
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }
}

/** An IPv4 address that came to a socket of both kinds is the IPv4 address. */
function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
}
