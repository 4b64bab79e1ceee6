// Connections of the HTTP port that strangers leave, hold or fill (SPEC §6.10): places and handles come back, and no
// message takes more memory than it may have.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { frame, FrameError, FrameReader } from '../../gateway/http/frames.ts';
import { listenHttp } from '../../gateway/http/listen.ts';
import { upgradeWebSocket } from '../../gateway/http/upgrade.ts';
import type { ServerSocket, SocketLimits } from '../../gateway/http/websocket.ts';
import { eventually, HALL, hello, openTestGateway, TestPage } from './open.ts';

const HEAD = [
  ...['GET /live HTTP/1.1', 'Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: Upgrade'],
  ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'],
];

/** A connection that has asked for a WebSocket; `answer` grows as the gateway says something. */
async function dial(port: number) {
  const tcp = connect(port, '127.0.0.1');
  const found = { tcp, answer: '', isClosed: false };
  tcp.on('data', (bytes) => (found.answer += bytes.toString('latin1')));
  tcp.on('close', () => (found.isClosed = true));
  tcp.on('error', () => {});
  await new Promise((resolve) => tcp.once('connect', resolve));
  tcp.write(`${HEAD.join('\r\n')}\r\n\r\n`);
  return found;
}

async function dialled(port: number) {
  const found = await dial(port);
  await eventually(
    'the handshake',
    () => found.answer,
    (answer) => answer.includes('\r\n\r\n'),
  );
  return found;
}

/** Handles of sockets that this process has open. */
async function openHandles(): Promise<number> {
  const listing = new Deno.Command('ls', { args: ['-l', `/proc/${Deno.pid}/fd`] });
  return new TextDecoder().decode((await listing.output()).stdout).split('socket:').length;
}

/** A client's frame: masked with zeros. */
function masked(opcode: number, payload: Uint8Array | number, isFinal = true): Uint8Array {
  const length = typeof payload === 'number' ? payload : payload.length;
  const head = new Uint8Array(14);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = 0x80 | 127;
  new DataView(head.buffer).setBigUint64(2, BigInt(length));
  return new Uint8Array([...head, ...(typeof payload === 'number' ? [] : payload)]);
}

/** A server that takes WebSockets, with what they were told. */
async function openServer(limits: Partial<SocketLimits>) {
  const sockets: ServerSocket[] = [];
  const closes: number[] = [];
  let bytes = 0;
  let messages = 0;
  const server = await listenHttp({
    ...{ host: '127.0.0.1', port: 0, onError: () => {} },
    router: async (request) => {
      const { socket, response } = upgradeWebSocket(request, { limits });
      sockets.push(socket);
      socket.onmessage = ({ data }) => {
        messages++;
        bytes += String(data).length;
      };
      socket.onclose = ({ code }) => void closes.push(code);
      return response;
    },
  });
  return {
    ...{ port: server.port, sockets, closes, close: () => server.close() },
    counts: () => ({ messages, bytes }),
  };
}

Deno.test(
  '6.10 pages that reset while they are upgraded leave no place and no handle',
  async () => {
    const hall = `${HALL}limits: { pages_max: 20 }\n`;
    const gateway = await openTestGateway({ hall });
    const before = await openHandles();
    const isFree = () => gateway.metric('hallcast_live_clients');
    for (let index = 0; index < 400; index++) {
      const tcp = connect(gateway.ports.http, '127.0.0.1');
      tcp.on('error', () => {});
      await new Promise((resolve) => tcp.once('connect', resolve));
      tcp.write(`${HEAD.join('\r\n')}\r\n\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
      // Some before the answer, some while it is on its way.
      if (index % 2 === 0) await new Promise((resolve) => tcp.once('data', resolve));
      const closed = new Promise((resolve) => tcp.once('close', resolve));
      tcp.resetAndDestroy();
      await closed;
    }
    await eventually('no page', isFree, (clients) => clients === 0);
    await eventually('no handle more', openHandles, (handles) => handles <= before + 5);
    const page = new TestPage(gateway, hello('screen:b1'));
    await page.until('a snapshot', () => page.data !== undefined);
    await page.close();
    ok(!gateway.lines.some((line) => line.includes('"error"')), gateway.lines.join('\n'));
    await gateway.stop();
  },
);

Deno.test(
  '6.10 a close that the peer does not answer ends the connection all the same',
  async () => {
    const server = await openServer({ closeMs: 100 });
    const peers = await Promise.all(Array.from({ length: 20 }, () => dialled(server.port)));
    for (const socket of server.sockets) socket.close(1008, 'no hello');
    await eventually(
      'all closes',
      () => server.closes.length,
      (count) => count === 20,
    );
    equal(new Set(server.closes), new Set([1008]));
    await eventually('all ended', () => peers.every(({ isClosed }) => isClosed), Boolean);
    await server.close();
  },
);

Deno.test('6.10 a peer that is silent, or never ends a message, is cut off', async () => {
  const server = await openServer({ idleMs: 200, wholeMs: 60_000 });
  // It does not answer the ping that it was sent.
  const silent = await dialled(server.port);
  await eventually('the end', () => silent.isClosed, Boolean);
  match(silent.answer, /\x89\x00$/);
  equal(server.closes, [1006]);
  await server.close();

  const another = await openServer({ idleMs: 0, wholeMs: 100 });
  const endless = await dialled(another.port);
  endless.tcp.write(masked(1, new TextEncoder().encode('{'), false));
  await eventually('the end', () => endless.isClosed, Boolean);
  await another.close();
});

Deno.test('6.10 no message is larger than it may be, whatever its frames say', async () => {
  const server = await openServer({ messageBytesMax: 1_000 });
  const payload = new TextEncoder().encode('x'.repeat(400));
  // Refused by its header: nothing of it has come.
  const announced = await dialled(server.port);
  announced.tcp.write(masked(1, 60 * 1024 * 1024));
  await eventually('a close', () => announced.isClosed, Boolean);
  match(announced.answer, /\x88.\x03\xf1/);
  // Fragments count together.
  const fragments = await dialled(server.port);
  fragments.tcp.write(masked(1, payload, false));
  fragments.tcp.write(masked(0, payload, false));
  fragments.tcp.write(masked(0, payload, false));
  await eventually('a close', () => fragments.isClosed, Boolean);
  match(fragments.answer, /\x88.\x03\xf1/);
  equal(server.counts(), { messages: 0, bytes: 0 });
  equal(server.closes, [1009, 1009]);
  // One that keeps to it is taken, and a limit may be raised for a peer that is known.
  const honest = await dialled(server.port);
  honest.tcp.write(masked(1, payload, false));
  honest.tcp.write(masked(0, payload));
  await eventually('a message', server.counts, ({ bytes }) => bytes === 800);
  for (const socket of server.sockets) socket.messageBytesMax = 2_000;
  honest.tcp.write(masked(1, new Uint8Array(1_500)));
  await eventually('a larger one', server.counts, ({ bytes }) => bytes === 2_300);
  honest.tcp.destroy();
  await server.close();
});

Deno.test('6.10 a flood of frames is read no faster than it may be said', async () => {
  const server = await openServer({ framesPerSecond: 1_000, bytesPerSecond: 10_000_000 });
  const flood = await dialled(server.port);
  const one = masked(1, new Uint8Array([120]));
  const many = new Uint8Array(one.length * 20_000);
  for (let at = 0; at < many.length; at += one.length) many.set(one, at);
  const began = performance.now();
  flood.tcp.write(many);
  await eventually('the first of them', server.counts, ({ messages }) => messages > 2_000);
  await new Promise((resolve) => setImmediate(resolve));
  const { messages } = server.counts();
  const allowed = 2_000 + (performance.now() - began) + 65_536 / one.length;
  ok(messages <= allowed + 1_000, `${messages} were read`);
  // What is not read is the sender's to keep: it goes on when there is room.
  await eventually(
    'more of them',
    () => server.counts().messages,
    (count) => count > messages,
  );
  flood.tcp.destroy();
  await server.close();
});

Deno.test('6.10 a socket that is paused reads nothing, and goes on', async () => {
  const server = await openServer({});
  const peer = await dialled(server.port);
  const [socket] = server.sockets;
  await eventually(
    'open',
    () => socket?.readyState,
    (state) => state === 1,
  );
  socket?.pause();
  peer.tcp.write(masked(1, new TextEncoder().encode('word')));
  const after = await dialled(server.port);
  after.tcp.write(masked(1, new TextEncoder().encode('longer')));
  await eventually('the other one', server.counts, ({ bytes }) => bytes === 6);
  socket?.resume();
  await eventually('the word', server.counts, ({ bytes }) => bytes === 10);
  peer.tcp.destroy();
  after.tcp.destroy();
  await server.close();
});

Deno.test('RFC 6455 frames: any cut of the bytes gives the same messages', () => {
  const said: string[] = [];
  const events = {
    text: (text: string) => void said.push(`text ${text}`),
    binary: (bytes: Uint8Array) => void said.push(`binary ${bytes.length}`),
    ping: (payload: Uint8Array) => void said.push(`ping ${payload.length}`),
    pong: () => void said.push('pong'),
    close: (code: number, reason: string) => void said.push(`close ${code} ${reason}`),
  };
  const text = (value: string) => new TextEncoder().encode(value);
  const bytes = [
    ...[masked(1, text('你'), false), masked(9, text('?')), masked(0, text('好'))],
    ...[masked(2, new Uint8Array(70_000)), masked(1, text('')), masked(10, text(''))],
    masked(8, new Uint8Array([3, 232, 98])),
  ].flatMap((each) => [...each]);
  const wanted = ['ping 1', 'text 你好', 'binary 70000', 'text ', 'pong', 'close 1000 b'];
  for (const size of [1, 2, 3, 7, 14, 15, 1_000, 100_000]) {
    said.length = 0;
    const reader = new FrameReader(100_000, events);
    for (let at = 0; at < bytes.length; at += size) {
      reader.take(new Uint8Array(bytes.slice(at, at + size)));
    }
    equal(said, wanted);
    equal(reader.isWithin, false);
  }
  const unmasked = frame(1, text('abcdef'));
  const wrong: Uint8Array[] = [
    ...[unmasked, masked(3, text('')), masked(0, text('a')), masked(9, new Uint8Array(126))],
    ...[masked(8, text('a')), masked(1, new Uint8Array([0xff])), masked(9, text(''), false)],
    ...[masked(1, 2 ** 40), new Uint8Array([0xc1, 0x80, 0, 0, 0, 0])],
  ];
  for (const each of wrong) {
    let error: unknown;
    try {
      new FrameReader(100_000, events).take(each);
    } catch (caught) {
      error = caught;
    }
    ok(error instanceof FrameError, String(each.subarray(0, 4)));
  }
});

Deno.test('strangers at the HTTP port hold no connection that they do not use', async () => {
  const server = await listenHttp({
    ...{ host: '127.0.0.1', port: 0, connectionsPerAddress: 3, onError: () => {} },
    timeouts: { head: 200, idle: 200, piece: 200 },
    router: async () => new Response(new Uint8Array(64 * 1024 * 1024)),
  });
  const tcps = new Set<Socket>();
  const open = async (text: string) => {
    const tcp = connect(server.port, '127.0.0.1');
    tcp.pause();
    const found = { isClosed: false };
    tcp.on('error', () => {});
    tcp.on('close', () => (found.isClosed = true));
    await new Promise((resolve) => tcp.once('connect', resolve));
    tcp.write(text);
    tcps.add(tcp);
    return { tcp, found };
  };
  const halfHead = await open('GET / HTTP/1.1\r\n');
  // It asks for much and reads nothing.
  const deaf = await open('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  const third = await open('');
  const beyond = await open('');
  beyond.tcp.resume();
  await eventually('one too many is ended', () => beyond.found.isClosed, Boolean);
  for (const { tcp } of [halfHead, third]) tcp.resume();
  await eventually('half a head is ended', () => halfHead.found.isClosed, Boolean);
  await eventually('silence is ended', () => third.found.isClosed, Boolean);
  // Its end stands behind what it has not read: reading shows that not all came.
  let got = 0;
  deaf.tcp.on('data', (bytes) => (got += bytes.length));
  deaf.tcp.resume();
  await eventually('the deaf one is ended', () => deaf.found.isClosed, Boolean);
  ok(got < 64 * 1024 * 1024, `${got} bytes`);
  for (const tcp of tcps) tcp.destroy();
  await server.close();
});
