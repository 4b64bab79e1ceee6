// A network between two programs that a test can break: a TCP proxy on a free port of 127.0.0.1.
import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly port: number;
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

/** Passes on to that port of this machine. */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
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
  const server = createServer((near) => {
    keep(near);
    if (swallowing) return void near.resume();
    const far = connect(target, '127.0.0.1');
    keep(far);
    const line = { stranded: false };
    lines.add(line);
    relay(line, near, far);
    relay(line, far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    ...{ port, url: `http://127.0.0.1:${port}`, cut },
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
