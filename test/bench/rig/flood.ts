// A stranger's flood at the embedded broker, in a process of its own. Words: port, name of the flood. Prints a JSON line
// when all connections have begun, and ends at SIGTERM.
import { RawClient } from '../../gateway/raw-client.ts';
import { type FloodName } from './floods.ts';

interface Flood {
  readonly connections: number;
  readonly send: (client: RawClient, round: number) => Promise<void>;
}

const REDIAL_MS = 50;
const HALF_PACKET_PAUSE_MS = 2_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const PUBLISH_QOS_1 = 0x32;
const PINGREQ = [0xc0, 0];
/** Remaining length of 1 MiB - 1 byte (MQTT 3.1.1 §2.2.3). */
const MEBIBYTE = [0xff, 0xff, 0x3f];

const FLOODS: Readonly<Record<FloodName, Flood>> = {
  'dead letters from 38 clients': {
    connections: 38,
    send: (client, round) =>
      client.say({
        ...{ cmd: 'publish', topic: 'hall/h1/s/ticket', qos: 0 },
        payload: `[${' '.repeat(8_000)}${round}]`,
      }),
  },
  '300 half packets': {
    connections: 300,
    send: async (client) => {
      await client.sayBytes(Uint8Array.of(PUBLISH_QOS_1, ...MEBIBYTE));
      await client.sayBytes(new Uint8Array(500_000));
      await pause(HALF_PACKET_PAUSE_MS);
    },
  },
  'subscribing again and again': {
    connections: 4,
    send: async (client) => {
      const filters = Array.from({ length: 90 }, (_, at) => `+/h1/d-${at}/#`);
      await client.subscribe(filters, 0);
    },
  },
  'PINGREQ from 20 clients': {
    connections: 20,
    send: (client) =>
      client.sayBytes(Uint8Array.from({ length: 2_000 }, (_, at) => PINGREQ[at % 2]!)),
  },
};

const [port = '', name = ''] = Deno.args;
const { connections, send } = FLOODS[name as FloodName];
const running = Array.from({ length: connections }, (_, at) => flood(at));
await Promise.race(running.map(({ begun }) => begun));
console.log(JSON.stringify({ connections }));
Deno.addSignalListener('SIGTERM', () => Deno.exit(0));

/** Sends without a pause; dials again where its connection was closed. */
function flood(at: number): { readonly begun: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  void (async () => {
    for (let round = 0; ; round++) {
      try {
        const client = await RawClient.connect(Number(port), { clientId: `s-${at}-${round}` });
        resolve();
        while (!client.isEnded) {
          client.packets.length = 0;
          await send(client, round++);
        }
      } catch {
        await pause(REDIAL_MS);
      }
    }
  })();
  return { begun: promise };
}
