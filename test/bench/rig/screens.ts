// Many screens in a process of their own: each one WebSocket of the live stream that reads everything. Screens are other
// machines in a hall, so this spends as little as it can: frames are counted, not understood.
// Words: HTTP port, then one view per screen. Prints a JSON line when all have their snapshot, one more at SIGTERM.
import { PROTOCOL } from '../../../hall/protocol.ts';

const [port = '', ...views] = Deno.args;
const OP = { text: 1, close: 8, ping: 9, pong: 10 } as const;
const counts = { screens: views.length, messages: 0, bytes: 0, closed: 0 };

const sockets: Deno.Conn[] = [];
for (const view of views) sockets.push(await open(view));
console.log(JSON.stringify(counts));
Deno.addSignalListener('SIGTERM', () => {
  console.log(JSON.stringify(counts));
  Deno.exit(0);
});

/** Resolves when the first message, the snapshot, has come. */
async function open(view: string): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: '127.0.0.1', port: Number(port) });
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const request = [
    ...['GET /live HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Upgrade: websocket'],
    ...['Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13'],
    ...['', ''],
  ].join('\r\n');
  await send(connection, new TextEncoder().encode(request));
  const hello = JSON.stringify({ type: 'hello', protocol: PROTOCOL, view });
  const snapshot = Promise.withResolvers<void>();
  void read(connection, hello, snapshot.resolve).catch(snapshot.reject);
  await snapshot.promise;
  return connection;
}

async function read(connection: Deno.Conn, hello: string, first: () => void): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  let kept = new Uint8Array(0);
  let upgraded = false;
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) break;
    counts.bytes += length;
    kept = joined(kept, buffer.subarray(0, length));
    if (!upgraded) {
      const head = new TextDecoder().decode(kept);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) continue;
      if (!head.startsWith('HTTP/1.1 101')) throw new Error(`upgrade: ${head.slice(0, end)}`);
      upgraded = true;
      kept = kept.slice(end + 4);
      await send(connection, frame(OP.text, new TextEncoder().encode(hello)));
    }
    let place = 0;
    for (let next = frameAt(kept, place); next !== undefined; next = frameAt(kept, place)) {
      const { op, from, to } = next;
      place = to;
      if (op === OP.text && ++counts.messages > 0) first();
      if (op === OP.ping) await send(connection, frame(OP.pong, kept.slice(from, to)));
    }
    kept = kept.slice(place);
  }
  counts.closed++;
}

/** The whole frame that begins there, RFC 6455 §5.2; nothing while it is not whole. */
function frameAt(bytes: Uint8Array, at: number) {
  if (bytes.length < at + 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const short = view.getUint8(1) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (view.byteLength < head) return undefined;
  const length = head === 2 ? short : head === 4 ? view.getUint16(2) : Number(view.getBigUint64(2));
  const to = at + head + length;
  return to > bytes.length ? undefined : { op: view.getUint8(0) & 0x0f, from: at + head, to };
}

/** A client's frame: masked, with the mask 0, which leaves the content as it is. */
function frame(op: number, content: Uint8Array): Uint8Array {
  const head =
    content.length < 126
      ? [0x80 | op, 0x80 | content.length]
      : [0x80 | op, 0x80 | 126, content.length >> 8, content.length & 0xff];
  return joined(Uint8Array.from([...head, 0, 0, 0, 0]), content);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function send(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}
