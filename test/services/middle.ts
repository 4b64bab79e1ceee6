// Somebody between two programs: passes on what they say to each other, and speaks for either of them on their WebSocket.
import { connect, createServer, type Socket } from 'node:net';

export interface Middle {
  readonly port: number;
  /** WebSockets that pass through now */
  readonly lines: number;
  /** Says this as the one who opened the WebSocket, or to him. */
  forge(to: 'server' | 'client', text: string): void;
  /** Says again what the one who opened it said last. */
  repeat(): void;
  stop(): Promise<void>;
}

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  lastSaid: Uint8Array | undefined;
}

/** Passes on to that port of this machine. */
export async function startMiddle(target: number): Promise<Middle> {
  const sockets = new Set<Socket>();
  const lines = new Set<Line>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const line: Line = { near, far, lastSaid: undefined };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        lines.delete(line);
        to.destroy();
      });
    }
    near.on('data', (bytes) => {
      if (/^GET [^]*upgrade: websocket/i.test(bytes.toString('latin1', 0, 2_000))) lines.add(line);
      else if (lines.has(line)) line.lastSaid = bytes;
      far.write(bytes);
    });
    far.on('data', (bytes) => near.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    get lines() {
      return lines.size;
    },
    forge(to, text) {
      const bytes = new TextEncoder().encode(text);
      for (const { near, far } of lines) {
        if (to === 'server') far.write(frameOf(bytes, 0x80));
        else near.write(frameOf(bytes, 0));
      }
    },
    repeat() {
      for (const { far, lastSaid } of lines) if (lastSaid !== undefined) far.write(lastSaid);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A whole text frame (RFC 6455 §5.2); a client's is masked, here with zeros. */
function frameOf(bytes: Uint8Array, mask: 0 | 0x80): Uint8Array {
  const length =
    bytes.length < 126
      ? [bytes.length | mask]
      : [126 | mask, bytes.length >> 8, bytes.length & 0xff];
  return Uint8Array.from([0x81, ...length, ...(mask === 0 ? [] : [0, 0, 0, 0]), ...bytes]);
}
