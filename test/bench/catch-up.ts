// After an outage of the database: how fast a million pending signals get into InfluxDB while others arrive, and what that
// does to the live pages. Beside it in the same run: the same arrivals before the database came back.
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { startInflux } from '../services/influx.ts';
import { ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { PROTOCOL } from '../../hall/protocol.ts';
import { bench, now, progress, quantile } from './rig/bench.ts';
import { playDevices, type Devices } from './rig/devices.ts';
import { counted, metric } from './rig/history.ts';
import { runLoad } from './rig/load.ts';
import { memoryMb, startHelper } from './rig/process.ts';

const PENDING = { devices: 125, perDevice: 8_000 };
const MILLION = PENDING.devices * PENDING.perDevice;
const WINDOW = 100;
/** A million signals of a large hall's day: 5,000 tickets. */
const SIGNALS_PER_TICKET = 200;
const ARRIVALS_PER_SECOND = 1_000;
const CALLS_PER_SECOND = 20;
const SECONDS = 40;
const WARM_SECONDS = 5;
const LOOK_MS = 200;
/** A page still has to get the last calls when the load ends. */
const LAST_MS = 1_000;
/** A call in the messages of the live view, by its ticket. */
const TICKET = /"ticket":"([AB]\d+)"/g;
const AIM = { timesArrival: 5, p99Ms: 60, memoryMb: 250 };

/** The sample hall, always open. */
const HALL = SAMPLE_YAML.replace(/^hours: .*$/m, 'hours: { daily: ["00:00-24:00"] }');

interface Stage {
  readonly gateway: Gateway;
  readonly devices: Devices;
  readonly config: HallConfig;
}

await bench('catch-up', async (tidy) => {
  const parsed = parseHall(HALL, 'bench hall');
  if (!parsed.ok) throw new Error(`bench hall: ${JSON.stringify(parsed.problems)}`);
  const { config } = parsed;
  const broker = await startMosquitto({ settings: ROOMY });
  tidy(() => broker.end());
  const influx = await startInflux();
  tidy(() => influx.end());
  await influx.stop();
  const gateway = await startGateway({ hall: HALL, broker: broker.url, influx: influx.url });
  tidy(() => gateway.end());
  progress(`${MILLION.toLocaleString('en')} signals while the database is away`);
  const words = [broker.port, PENDING.devices, PENDING.perDevice, WINDOW, SIGNALS_PER_TICKET].map(
    String,
  );
  const filling = startHelper('../mqtt-load.ts', words, tidy);
  await filling.line();
  await filling.stop();
  await counted(gateway.url, 'hallcast_history_pending', MILLION);

  const devices = playDevices(config.hall.id, broker.port, tidy);
  const stage = { gateway, devices, config };
  progress(`${ARRIVALS_PER_SECOND} signals a second, the database still away`);
  const before = await delays(stage, 'A');
  progress('the same, and the database is back');
  await influx.startAgain();
  const speed = watchSpeed(gateway);
  const during = await delays(stage, 'B');
  const { perSecond, seconds, pending } = await speed.stop();
  const times = (perSecond / ARRIVALS_PER_SECOND).toFixed(1);
  return [
    {
      name: `into InfluxDB with ${MILLION.toLocaleString('en')} pending`,
      ...{ value: perSecond, unit: 'signals/s', digits: 0 },
      aim: { atLeast: AIM.timesArrival * ARRIVALS_PER_SECOND },
      beside: `${times} times the ${ARRIVALS_PER_SECOND} that arrive; after ${seconds.toFixed(0)} s ${pending} pending`,
    },
    ...figures('the database away', before),
    ...figures('catching up', during, AIM.p99Ms),
    {
      name: "gateway's memory at most",
      ...{ value: memoryMb(gateway.pid).most, unit: 'MB', digits: 0 },
      aim: { below: AIM.memoryMb },
    },
  ];
});

function figures(when: string, delays: readonly number[], below?: number) {
  const name = `call published → at a live page, ${when}`;
  return [
    { name: `${name}, p50`, value: quantile(delays, 0.5), unit: 'ms' },
    {
      ...{ name: `${name}, p99`, value: quantile(delays, 0.99), unit: 'ms' },
      ...(below !== undefined && { aim: { below } }),
      beside: `n = ${delays.length}`,
    },
  ];
}

/** A call's publish → it is on a managers' page's WebSocket, ms, over SECONDS of arrivals. */
async function delays({ gateway, devices, config }: Stage, run: string): Promise<number[]> {
  const seen = new Map<string, number>();
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/live`);
  const opened = Promise.withResolvers<void>();
  socket.onopen = () =>
    socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL, view: 'live' }));
  socket.onerror = () => opened.reject(new Error('live page: no connection'));
  socket.onmessage = ({ data }) => {
    opened.resolve();
    const at = now();
    for (const [, ticket = ''] of String(data).matchAll(TICKET)) {
      if (!seen.has(ticket)) seen.set(ticket, at);
    }
  };
  await opened.promise;
  const { calls } = await runLoad({
    ...{ config, devices, run, seconds: SECONDS, warmSeconds: WARM_SECONDS },
    ...{ callsPerSecond: CALLS_PER_SECOND, signalsPerSecond: ARRIVALS_PER_SECOND },
    ...{ zone: 'z1', zoneShare: 1 },
  });
  await new Promise((resolve) => setTimeout(resolve, LAST_MS));
  socket.close();
  const found = calls.flatMap(({ ticket, publishedAt }) => {
    const at = seen.get(ticket);
    return at === undefined ? [] : [at - publishedAt];
  });
  if (found.length < calls.length * 0.99) {
    throw new Error(`live page: saw ${found.length} of ${calls.length} calls`);
  }
  return found;
}

/** Points written per second from now until nothing is pending, or until it is stopped. */
function watchSpeed({ url }: Gateway) {
  const figure = (name: string) => metric(url, `hallcast_history_${name}`);
  let stopped = false;
  const watching = (async () => {
    const began = now();
    const first = await figure('written_total');
    for (;;) {
      const pending = await figure('pending');
      if (stopped || pending < ARRIVALS_PER_SECOND) {
        const seconds = (now() - began) / 1000;
        return { perSecond: ((await figure('written_total')) - first) / seconds, seconds, pending };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  return {
    stop() {
      stopped = true;
      return watching;
    },
  };
}
