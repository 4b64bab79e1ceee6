// Devices → the hall's own broker → durable → InfluxDB, at full speed, with everything on this machine; beside a bare
// MQTT.js subscriber and a bare InfluxDB writer, which keep nothing, in the same run. Medians of rounds that alternate.
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway } from '../services/gateway.ts';
import { startInflux, type Influx } from '../services/influx.ts';
import { ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { bench, now, progress, quantile, type Tidy } from './rig/bench.ts';
import { counted } from './rig/history.ts';
import { cpuSeconds, memoryMb, startHelper } from './rig/process.ts';

const DEVICES = 50;
const SIGNALS_PER_DEVICE = 6_000;
const SIGNALS = DEVICES * SIGNALS_PER_DEVICE;
/** unacknowledged publishes of one device */
const WINDOW = 300;
const ROUNDS = 3;
const AIM = { perSecond: 30_000, ratio: 0.5, memoryMb: 250 };
const NODE_RED = { perSecond: 20_000, memoryMb: 310 };

interface Round {
  readonly perSecond: number;
  /** devices → journal, as far as that is known */
  readonly durable?: number;
  readonly cpuMicros?: number;
  readonly memoryMb?: number;
}

await bench('pipeline', async (tidy) => {
  const rounds: { ours: Round; subscriber: Round; writer: Round }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`round ${round} of ${ROUNDS}: the gateway, a bare subscriber, a bare writer`);
    rounds.push({
      ours: await wholeWay(tidy),
      subscriber: await bareSubscriber(tidy),
      writer: await bareWriter(tidy),
    });
  }
  const median = (of: (round: (typeof rounds)[number]) => number | undefined) =>
    quantile(
      rounds.map((round) => of(round) ?? Number.NaN),
      0.5,
    );
  const ours = median(({ ours }) => ours.perSecond);
  const subscriber = median(({ subscriber }) => subscriber.perSecond);
  const writer = median(({ writer }) => writer.perSecond);
  return [
    {
      name: `${DEVICES} devices → Mosquitto → durable → InfluxDB`,
      ...{ value: ours, unit: 'signals/s', digits: 0, aim: { atLeast: AIM.perSecond } },
      beside: `a Node-RED flow that keeps nothing: ${NODE_RED.perSecond}`,
    },
    {
      name: 'of which devices → durable',
      ...{ value: median(({ ours }) => ours.durable), unit: 'signals/s', digits: 0 },
    },
    {
      name: 'ratio to a bare MQTT.js subscriber',
      ...{ value: ours / subscriber, unit: '', digits: 2, aim: { atLeast: AIM.ratio } },
      beside: `which counts and keeps nothing: ${subscriber.toFixed(0)}`,
    },
    {
      name: 'ratio to a bare InfluxDB writer',
      ...{ value: ours / writer, unit: '', digits: 2 },
      beside: `which makes its points itself: ${writer.toFixed(0)}`,
    },
    {
      name: "gateway's processor time a signal",
      ...{ value: median(({ ours }) => ours.cpuMicros), unit: 'µs' },
    },
    {
      name: "gateway's memory at most",
      ...{ value: median(({ ours }) => ours.memoryMb), unit: 'MB', digits: 0 },
      aim: { below: AIM.memoryMb },
      beside: `the Node-RED flow: ${NODE_RED.memoryMb}`,
    },
  ];
});

async function wholeWay(tidy: Tidy): Promise<Round> {
  const broker = await startMosquitto({ settings: ROOMY });
  tidy(() => broker.end());
  const influx = await startInflux();
  tidy(() => influx.end());
  const gateway = await startGateway({ hall: SAMPLE_YAML, broker: broker.url, influx: influx.url });
  tidy(() => gateway.end());
  const before = cpuSeconds(gateway.pid);
  const publishing = publish(broker.port, tidy);
  const durableAt = await counted(gateway.url, 'hallcast_signals_journaled_total', SIGNALS);
  const storedAt = await counted(gateway.url, 'hallcast_history_written_total', SIGNALS);
  const { startedAt } = await publishing;
  const cpuMicros = ((cpuSeconds(gateway.pid) - before) * 1e6) / SIGNALS;
  const memory = memoryMb(gateway.pid).most;
  await checkStored(influx);
  await gateway.end();
  await influx.end();
  await broker.end();
  return {
    perSecond: rate(startedAt, storedAt),
    durable: rate(startedAt, durableAt),
    cpuMicros,
    memoryMb: memory,
  };
}

async function bareSubscriber(tidy: Tidy): Promise<Round> {
  const broker = await startMosquitto({ settings: ROOMY });
  tidy(() => broker.end());
  const subscriber = startHelper(
    '../bare-subscriber.ts',
    [String(broker.port), String(SIGNALS)],
    tidy,
  );
  await subscriber.line();
  const publishing = publish(broker.port, tidy);
  await subscriber.line();
  const doneAt = now();
  const { startedAt } = await publishing;
  await subscriber.stop();
  await broker.end();
  return { perSecond: rate(startedAt, doneAt) };
}

async function bareWriter(tidy: Tidy): Promise<Round> {
  const influx = await startInflux();
  tidy(() => influx.end());
  await influx.ask('CREATE DATABASE bare');
  const writer = startHelper('../bare-writer.ts', [influx.url, 'bare', String(SIGNALS)], tidy);
  const { seconds } = await writer.line<{ seconds: number }>();
  await writer.stop();
  await influx.end();
  return { perSecond: SIGNALS / seconds };
}

/** The load, in a process of its own; resolves when the broker has acknowledged all of it. */
async function publish(port: number, tidy: Tidy): Promise<{ readonly startedAt: number }> {
  const words = [port, DEVICES, SIGNALS_PER_DEVICE, WINDOW].map(String);
  const helper = startHelper('../mqtt-load.ts', words, tidy);
  const result = await helper.line<{ startedAt: number }>();
  await helper.stop();
  return result;
}

function rate(from: number, to: number): number {
  return SIGNALS / ((to - from) / 1000);
}

/** What the gateway counts as written is in the database, each once. */
async function checkStored(influx: Influx): Promise<void> {
  const rows = await influx.ask('SELECT count(entry) AS n FROM /.*/', 'hallcast');
  const stored = rows.reduce((sum, row) => sum + Number(row['n'] ?? 0), 0);
  if (stored !== SIGNALS) throw new Error(`InfluxDB: has ${stored}, should have ${SIGNALS}`);
}
