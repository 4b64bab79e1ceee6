// How long 200 honest devices wait for their PUBACK while a stranger floods the embedded broker, beside the same at rest.
import { RawClient } from '../gateway/raw-client.ts';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway } from '../services/gateway.ts';
import { bench, now, progress, quantile, type Figure } from './rig/bench.ts';

const HONEST = 200;
const WORDS_EACH = 8;

type Stop = () => Promise<void>;
type Flood = (port: number) => Promise<Stop>;

const listed = Array.from(
  { length: HONEST },
  (_, at) => `  - { id: d-${at}, kind: other, zone: z1 }`,
);
const HALL = SAMPLE_YAML.replace('screens:', `${listed.join('\n')}\nscreens:`);

/** Says the same over so many connections until it is stopped; one that is closed dials again. */
function floodOf(
  connections: number,
  say: (client: RawClient, round: number) => Promise<void>,
  keepAlive = 60,
): Flood {
  return (port) => {
    let isOn = true;
    const open = new Set<RawClient>();
    const run = async (at: number) => {
      for (let round = 0; isOn; round++) {
        try {
          const clientId = `s-${at}-${round}`;
          const client = await RawClient.connect(port, { clientId, keepalive: keepAlive });
          open.add(client);
          while (isOn && !client.isEnded) {
            client.packets.length = 0;
            await say(client, round++);
          }
          open.delete(client);
          await client.cut();
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    };
    const running = Array.from({ length: connections }, (_, at) => run(at));
    return Promise.resolve(async () => {
      isOn = false;
      // Who is not read any more would wait for ever.
      await Promise.all([...open].map((client) => client.cut()));
      await Promise.all(running);
    });
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const FLOODS: readonly (readonly [string, Flood])[] = [
  ['at rest', () => Promise.resolve(() => Promise.resolve())],
  [
    'words under 38 names',
    floodOf(38, (client, round) =>
      client.say({
        ...{ cmd: 'publish', topic: 'hall/h1/s/ticket', qos: 0 },
        payload: `[${' '.repeat(8_000)}${round}]`,
      }),
    ),
  ],
  [
    '60 half packets',
    floodOf(60, async (client) => {
      await client.sayBytes(Uint8Array.of(0x32, 0xff, 0xff, 0x3f));
      await client.sayBytes(new Uint8Array(500_000));
      await pause(2_000);
    }),
  ],
  [
    'subscribing again and again',
    floodOf(4, async (client) => {
      const filters = Array.from({ length: 90 }, (_, at) => `+/h1/d-${at}/#`);
      await client.subscribe(filters, 0);
    }),
  ],
  [
    'PINGREQ',
    floodOf(20, (client) =>
      client.sayBytes(new Uint8Array(2_000).map((_, at) => (at % 2 ? 0 : 0xc0))),
    ),
  ],
];

await bench('flood', async (tidy) => {
  const gateway = await startGateway({ hall: HALL });
  tidy(() => gateway.end());
  const devices: RawClient[] = [];
  for (let at = 0; at < HONEST; at++) {
    devices.push(await RawClient.connect(gateway.mqtt, { clientId: `d-${at}` }));
  }
  tidy(async () => void (await Promise.all(devices.map((client) => client.cut()))));
  const figures: Figure[] = [];
  let rest: { p50: number; p99: number } | undefined;
  for (const [name, flood] of FLOODS) {
    progress(name);
    const stop = await flood(gateway.mqtt);
    const times = (await Promise.all(devices.map((client, at) => talk(client, at, name)))).flat();
    await stop();
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
    rest ??= { p50, p99 };
    for (const [share, took, calm] of [
      ['p50', p50, rest.p50],
      ['p99', p99, rest.p99],
    ] as const) {
      const beside = `${took.toFixed(0)} ms, at rest ${calm.toFixed(0)} ms`;
      figures.push({ name: `PUBACK ${share}, ${name}`, value: took / calm, unit: '×', beside });
    }
  }
  return figures;
});

/** A word every half second or so; the times to their PUBACKs. */
async function talk(client: RawClient, at: number, name: string): Promise<number[]> {
  const times: number[] = [];
  for (let word = 0; word < WORDS_EACH; word++) {
    await pause(250 + Math.random() * 500);
    const payload = JSON.stringify({
      type: 'state',
      state: 'online',
      uptime_s: word,
      id: `${name.length}-${at}-${word}`,
    });
    const began = now();
    await client.publish(`hall/h1/d-${at}/device`, payload, 1);
    times.push(now() - began);
  }
  return times;
}
