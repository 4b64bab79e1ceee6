// Signals per second from devices to durable, through the whole gateway as it ships, beside bare aedes, which keeps
// nothing, under the same load in the same run. Medians of rounds that alternate.
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway } from '../services/gateway.ts';
import { bench, progress, quantile, type Tidy } from './rig/bench.ts';
import { cpuSeconds, startHelper } from './rig/process.ts';

const DEVICES = 50;
const SIGNALS_PER_DEVICE = 8_000;
/** unacknowledged publishes of one device */
const WINDOW = 300;
const ROUNDS = 3;
const AIM = { perSecond: 40_000, ratio: 0.7 };

interface Round {
  readonly perSecond: number;
  /** processor time of the server for one signal, all its threads, µs */
  readonly cpuMicros: number;
}

await bench('intake', async (tidy) => {
  const durable: Round[] = [];
  const bare: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`round ${round} of ${ROUNDS}: the gateway, then bare aedes`);
    const gateway = await startGateway({ hall: SAMPLE_YAML });
    tidy(() => gateway.end());
    durable.push(await load(gateway.mqtt, gateway.pid, tidy));
    await gateway.end();
    const peer = startHelper('../bare-aedes.ts', [], tidy);
    bare.push(await load(await peer.line<number>(), peer.pid, tidy));
    await peer.stop();
  }
  const median = (rounds: readonly Round[], of: keyof Round) =>
    quantile(
      rounds.map((round) => round[of]),
      0.5,
    );
  const [ours, theirs] = [median(durable, 'perSecond'), median(bare, 'perSecond')];
  return [
    {
      name: `${DEVICES} devices, QoS 1, to durable`,
      value: ours,
      unit: 'signals/s',
      digits: 0,
      aim: { atLeast: AIM.perSecond },
      beside: `bare aedes, which keeps nothing: ${theirs.toFixed(0)}`,
    },
    {
      name: 'ratio to bare aedes',
      value: ours / theirs,
      unit: '',
      digits: 2,
      aim: { atLeast: AIM.ratio },
    },
    {
      name: 'processor time a signal: broker, decoder, journal, state, history',
      value: median(durable, 'cpuMicros'),
      unit: 'µs',
      beside: `bare aedes: ${median(bare, 'cpuMicros').toFixed(1)}`,
    },
  ];
});

async function load(port: number, pid: number, tidy: Tidy): Promise<Round> {
  const before = cpuSeconds(pid);
  const words = [port, DEVICES, SIGNALS_PER_DEVICE, WINDOW].map(String);
  const helper = startHelper('../mqtt-load.ts', words, tidy);
  const { signals, seconds } = await helper.line<{ signals: number; seconds: number }>();
  const cpuMicros = ((cpuSeconds(pid) - before) * 1e6) / signals;
  await helper.stop();
  return { perSecond: signals / seconds, cpuMicros };
}
