// A network between two programs that a test can break: a TCP proxy on a free port of 127.0.0.1.
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export interface Proxy {
  /** http://127.0.0.1:PORT, or https://localhost:PORT */
  readonly url: string;
  readonly port: number;
  /** connections taken so far */
  readonly connections: number;
  /** From now on nothing arrives, in neither direction; connections stay, and new ones are taken: a black hole. */
  swallow(): void;
  /** What was swallowed is gone for good: its connections end, new ones pass. */
  pass(): void;
  /** The connections that stand fall into the black hole for good, both ends half open; new ones pass. */
  strand(): void;
  /** All connections end, as when a firewall restarts. */
  cut(): void;
  stop(): Promise<void>;
}

/** Passes on to that port of this machine; with the files of a certificate it is spoken to in TLS. */
export async function startProxy(
  target: number,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let connections = 0;
  let lines = new Set<{ stranded: boolean }>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const relay = (line: { stranded: boolean }, from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      if (!swallowing && !line.stranded) to.write(bytes);
    });
    from.on('close', () => {
      if (!swallowing && !line.stranded) to.destroy();
    });
  };
  const take = (near: Socket): void => {
    connections++;
    keep(near);
    if (swallowing) return void near.resume();
    const far = connect(target, '127.0.0.1');
    keep(far);
    const line = { stranded: false };
    lines.add(line);
    relay(line, near, far);
    relay(line, far, near);
  };
  const server =
    tls === undefined
      ? createServer(take)
      : createTlsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    ...{ port, cut },
    get connections() {
      return connections;
    },
    strand() {
      for (const line of lines) line.stranded = true;
      lines = new Set();
    },
    swallow: () => void (swallowing = true),
    pass() {
      swallowing = false;
      cut();
    },
    async stop() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
