// `npm run map`: what would come out of a message, why not, and the exit code that a script can act on. SPEC §13.
import { deepStrictEqual as equal, match } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { HALL } from './open.ts';

const SOURCES = `
devices: [{ id: disp-1, kind: dispenser, zone: z1 }]
sources:
  - name: dispensers
    topic: "vendor/{machine}"
    device: "disp-{machine}"
    signals:
      - stream: ticket
        type: issued
        when: { /evt: NEW }
        fields: { ticket: /no, queue: { value: q1 }, at: { from: /ts, time: s } }
      - stream: ticket
        type: cancelled
        when: { /evt: DROP }
        fields: { ticket: /no }
`;

/** Runs the command as a technician does, on a hall file of its own. */
function map(hall: string, words: readonly string[], input = '') {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-map-' });
  writeFileSync(`${folder}/hall.yaml`, hall);
  const child = spawn(
    'node',
    ['gateway/start/map.mjs', '--hall', `${folder}/hall.yaml`, ...words],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let [out, told] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (told += chunk));
  child.stdin.end(input);
  return new Promise<{ code: number | null; signals: Signal[]; told: string }>((resolve) => {
    child.once('close', (code) => {
      Deno.removeSync(folder, { recursive: true });
      const lines = out.split('\n').filter(Boolean);
      resolve({ code, signals: lines.map((line) => JSON.parse(line) as Signal), told });
    });
  });
}

interface Signal {
  readonly device: string;
  readonly stream: string;
  readonly at: number;
  readonly signal: Record<string, unknown>;
}

const at = ['--at', '2026-11-22T10:31:00+08:00'];
const taken = '{"evt":"NEW","no":"A1","ts":1795314600}';

Deno.test('signals come out as JSON, and each rule says why it made none', async () => {
  const words = ['--topic', 'vendor/1', '--payload', '-', ...at];
  const { code, signals, told } = await map(HALL + SOURCES, words, taken);
  equal(code, 0);
  equal(
    signals.map(({ device, stream, at, signal: { type } }) => [device, stream, type, at]),
    [
      ['disp-1', 'ticket', 'issued', 1795314600000],
      ['disp-1', 'device', 'state', 1795314660000],
    ],
  );
  match(told, /signals\[0\] ticket issued: a signal\n/);
  match(told, /signals\[1\] ticket cancelled: not this one: \/evt is "NEW", should be "DROP"/);
});

Deno.test(
  'a log of several messages: an unknown device, a refusal, a topic of nobody',
  async () => {
    const log = `vendor/2 ${taken}\nvendor/1 {"evt":"NEW","no":"A1"}\nvendor/1 {"evt":"NEW"}\nother/1 x\n`;
    const { code, signals, told } = await map(HALL + SOURCES, ['--log', '-', ...at], log);
    equal(code, 1);
    equal(signals.filter(({ stream }) => stream === 'ticket').length, 2);
    match(told, /device disp-2, which is not in the hall: it would be listed as discovered/);
    match(
      told,
      /signals\[0\] ticket issued: a signal \(without a time of its own: when it arrives\)/,
    );
    match(told, /dead letter map:dispensers: signals\[0\]\.ticket: \/no is missing/);
    match(told, /other\/1: is no topic of a source\n.*\n {2}sources read: vendor\/\+/);
  },
);

Deno.test(
  'a mistake in the hall file is told with its line, a wrong call with the usage',
  async () => {
    const wrong = (HALL + SOURCES).replace('type: cancelled', 'type: canceled');
    const mistake = await map(wrong, ['--topic', 'vendor/1', '--payload', '-'], taken);
    equal(mistake.code, 2);
    match(
      mistake.told,
      /hall\.yaml:\d+: sources\[0\]\.signals\[1\]\.type: is "canceled", should be cancelled/,
    );
    const call = await map(HALL + SOURCES, ['--topic', 'vendor/1']);
    equal(call.code, 2);
    match(call.told, /npm run -s map -- --hall FILE --topic TOPIC --payload FILE/);
  },
);
