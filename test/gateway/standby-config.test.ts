// The settings of a pair, what the process may touch for it, and the words that two gateways exchange.
import { deepStrictEqual as equal, match, ok, throws } from 'node:assert/strict';
import { readConfig } from '../../gateway/config.ts';
import { Secret } from '../../gateway/config/secret.ts';
import { readHanded } from '../../gateway/standby/handed.ts';
import {
  Challenges,
  isSame,
  proofOf,
  sessionKeysOf,
  type Introduction,
} from '../../gateway/standby/handshake.ts';
import { fromWire, readMessage, toWire } from '../../gateway/standby/protocol.ts';
import { NotGenuine, Sealed } from '../../gateway/standby/sealed.ts';
import { encodeStateMessage, readStateMessage } from '../../gateway/standby/state-message.ts';
import { gatewayArguments } from '../../gateway/start/permissions.mjs';
import { parseHall } from '../../hall/config.ts';
import { createJudge } from '../../hall/judge.ts';
import { HALL } from './open.ts';

function read(flags: string[], env: Record<string, string> = {}) {
  const readText = () => HALL;
  return readConfig({ flags: ['--hall', 'h.yaml', ...flags], env: (name) => env[name], readText });
}

const SESAME = 'sesame'.padEnd(32, '-');
const BROKER = ['--broker', 'mqtt://broker:1883'];

Deno.test(
  '--peer is the other gateway’s address; it needs a broker, and its key shows nowhere',
  () => {
    const flags = [...BROKER, '--peer', 'http://10.0.0.2:8080'];
    const given = read(flags, { HALLCAST_PEER_KEY: SESAME, HALLCAST_NAME: 'left' });
    ok(given.ok);
    equal(given.config.peer?.url.href, 'http://10.0.0.2:8080/');
    equal(given.config.peer?.key?.reveal(), SESAME);
    equal(given.config.name, 'left');
    ok(!JSON.stringify(given.config).includes('sesame'));
    const alone = read(['--peer', 'http://10.0.0.2:8080']);
    ok(!alone.ok);
    match(alone.problems.join(), /^--peer: needs --broker/);
    const open = read(flags);
    ok(!open.ok);
    match(open.problems.join(), /^--peer: needs HALLCAST_PEER_KEY, the same on both/);
    for (const short of ['1', 'sesame'.padEnd(31, '-')]) {
      const weak = read(flags, { HALLCAST_PEER_KEY: short });
      ok(!weak.ok);
      match(weak.problems.join(), /HALLCAST_PEER_KEY: has \d+ bytes.*openssl rand -base64 32/);
      ok(!weak.problems.join().includes('sesame'));
    }
    // 32 bytes are counted, not signs.
    ok(read(flags, { HALLCAST_PEER_KEY: '钥匙钥匙钥匙钥匙钥匙钥' }).ok);
    const wrong = read([...BROKER, '--peer', 'http://user:secret@host']);
    ok(!wrong.ok);
    match(wrong.problems.join(), /^--peer: is not such a URL/);
    ok(!wrong.problems.join().includes('secret'));
    const none = read([]);
    ok(none.ok);
    equal([none.config.peer, none.config.name], [undefined, '127.0.0.1:8080']);
  },
);

Deno.test('where the two gateways have their pages: addresses as a browser writes them', () => {
  const parse = (pages: string) => parseHall(`${HALL}standby: { pages: [${pages}] }\n`, 'h.yaml');
  const good = parse('http://10.0.0.1:8080, "http://[fd00::1]:8080", https://left.hall.example');
  ok(good.ok);
  equal(good.config.standby.pages.length, 3);
  for (const bad of ['http://10.0.0.1:8080/', 'http://a:80', 'HTTP://a', 'ws://a', 'http://u@a']) {
    ok(!parse(bad).ok, bad);
  }
});

Deno.test('the process may reach its peer, and nobody else', () => {
  const settings = { hall: '/h/hall.yaml', data: '/d', http: '0.0.0.0:80', mqtt: 'x:1', pace: '1' };
  const net = (peer: string | undefined) =>
    gatewayArguments({ ...settings, broker: 'mqtt://b', influx: undefined, peer }).find((word) =>
      word.startsWith('--allow-net'),
    );
  equal(net('https://other'), '--allow-net=0.0.0.0:80,b:1883,other:443');
  equal(net(undefined), '--allow-net=0.0.0.0:80,b:1883');
});

const INTRODUCED: Introduction = {
  ...{ protocol: 2, format: 2, hall: 'h1', gateway: 'b', run: 'r' },
  ...{ challenge: 'challenge', nonce: 'nonce' },
};

Deno.test('who has the key proves it, in this conversation only, and for all that is said', () => {
  const key = new Secret(SESAME);
  const proof = proofOf(key, INTRODUCED);
  ok(isSame(proof, proofOf(new Secret(SESAME), { ...INTRODUCED })));
  const others = Object.keys(INTRODUCED).map((name) => ({
    ...INTRODUCED,
    [name]: typeof INTRODUCED[name as keyof Introduction] === 'number' ? 3 : 'another',
  }));
  for (const other of [
    proofOf(new Secret(`${SESAME}-`), INTRODUCED),
    ...others.map((each) => proofOf(key, each)),
    '',
  ]) {
    ok(!isSame(other, proof));
  }
  const keys = [INTRODUCED, ...others].flatMap((each) => Object.values(sessionKeysOf(key, each)));
  equal(new Set(keys.map(String)).size, keys.length, 'each conversation and direction has its own');
});

Deno.test('a challenge is good for the 5 s after it was made, and none that others made', () => {
  let now = 1_000;
  const challenges = new Challenges(() => now);
  const made = challenges.make();
  ok(challenges.isGood(made));
  for (const other of [new Challenges(() => now).make(), `9${made}`, '', '.', 'x.y.z']) {
    ok(!challenges.isGood(other));
  }
  now += 5_001;
  ok(!challenges.isGood(made));
});

Deno.test('a sealed message opens once, in its turn, in its direction, as it was sent', () => {
  const { leader, standby } = sessionKeysOf(new Secret(SESAME), INTRODUCED);
  const sender = new Sealed(standby);
  const [one, two] = [sender.seal('一'), sender.seal('two')];
  const receive = (...messages: unknown[]) => {
    const receiver = new Sealed(standby);
    return messages.map((message) => receiver.open(message));
  };
  equal(receive(one, two), ['一', 'two']);
  const forged = [two, `${one}x`, one.slice(1), '', 'x'.repeat(43), new ArrayBuffer(8), undefined];
  for (const other of [...forged, new Sealed(leader).seal('一')]) {
    throws(() => receive(other), NotGenuine);
  }
  throws(() => receive(one, one), NotGenuine);
});

Deno.test('a copy survives the way: bytes, numbers, texts', () => {
  const letter = { id: 3, topic: 't', payload: Uint8Array.of(0, 255, 10), reason: 'json' };
  const copy = {
    rows: [7, 'id', 'd', 'ticket', 1, 2, '{"a":"中\\n"}', 0],
    letters: [{ ...letter, detail: 'x', receivedAt: 5, replayedAt: 6 }],
    leaderships: [{ epoch: 'e', seq: 1, letter: 1 }],
  };
  const last = { seq: 7, letter: 3 };
  const text = JSON.stringify({ kind: 'copy', copy: toWire(copy), last, up: true, pruned: 0 });
  const message = readMessage(text);
  ok(message.kind === 'copy');
  equal(fromWire(message.copy), copy);
});

Deno.test(
  'what is handed over is judged as what a device says: in, a dead letter, or nothing',
  () => {
    const parsed = parseHall(HALL, 'hall.yaml');
    ok(parsed.ok);
    const judge = createJudge(parsed.config);
    const at = Date.parse('2026-11-22T10:00:00+08:00');
    const ticket = { type: 'issued', id: 'a', at, ticket: 'A1', queue: 'q1' };
    const row = (
      seq: number,
      stream: string,
      signal: string,
      id = 'a',
      receivedAt: unknown = at,
    ) => [...[seq, id, 'disp-1', stream, at - 5, receivedAt as number, signal, 0, 2]];
    const rows = [
      ...row(1, 'ticket', JSON.stringify(ticket)),
      ...row(2, 'ticket', JSON.stringify({ ...ticket, queue: 'q9' })),
      ...row(3, 'nosuch', '{"bad":1}'),
      ...row(4, 'ticket', '{'),
      ...row(5, 'ticket', JSON.stringify(ticket), 'another'),
      ...row(6, 'ticket', ''),
    ];
    const [[arrival, { drafts, refused }] = [0, { drafts: [], refused: [] }]] = [
      ...readHanded(rows, 'h1', judge),
    ];
    equal(arrival, at);
    // Its time and marks are those that the other gateway decided.
    const decided = { at: at - 5, marks: 2, originSeq: 1 };
    const first = { device: 'disp-1', stream: 'ticket', id: 'a', signal: ticket, ...decided };
    equal(drafts, [first]);
    equal(
      refused.map(({ topic, reason }) => `${topic} ${reason}`),
      [
        'hall/h1/disp-1/ticket unknown:queue',
        'hall/h1/disp-1/nosuch topic',
        'hall/h1/disp-1/ticket json',
        'hall/h1/disp-1/ticket field:id',
      ],
    );
    throws(() => readHanded(row(7, 'ticket', '{}', 'a', 'x'), 'h1', judge), /has no time/);
  },
);

Deno.test('what is no message is refused with what is wrong about it', () => {
  throws(() => readMessage('{'), SyntaxError);
  throws(() => readMessage('{"kind":"have","seq":-1,"letter":0}'), /peer: seq/);
  throws(() => readMessage('{"kind":"steal"}'), /peer: kind/);
  const copy = { rows: [1, { sql: '' }], letters: [], leaderships: [] };
  throws(() => readMessage(JSON.stringify({ kind: 'hand', copy })), /peer: copy.rows/);
});

Deno.test('the state word is read as it was written; what is none is none', () => {
  const word = { state: 'online' as const, gateway: '左', run: 'r', attached: true };
  equal(readStateMessage(encodeStateMessage(word)), word);
  for (const text of ['', '{}', '{"state":"maybe","gateway":"a","run":"b"}', '[]', 'x']) {
    equal(readStateMessage(new TextEncoder().encode(text)), undefined);
  }
});
