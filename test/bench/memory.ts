// The gateway's memory after the demo's whole day, and with 30 screens; beside it a bare broker that forgets everything.
import { startGateway } from '../services/gateway.ts';
import { bench, progress, type Tidy } from './rig/bench.ts';
import { livedDay, type BenchHall } from './rig/demo-hall.ts';
import { playDevices, type Devices } from './rig/devices.ts';
import { historyDone } from './rig/history.ts';
import { memoryMb, startHelper } from './rig/process.ts';

type Events = ReturnType<typeof livedDay>['events'];

const SCREENS = 30;
/** Signals so near to each other are published at once: SPEC 4.2.3 takes two devices' words in either order. */
const SLICE_MS = 4_000;
/** After the last signal, for what runs behind it and for pages to be sent a few pulses. */
const SETTLE_MS = 5_000;

await bench('memory', async (tidy) => {
  const { hall, events } = livedDay();
  const gateway = await startGateway({ hall: hall.yaml });
  tidy(() => gateway.end());
  const fresh = memoryMb(gateway.pid).now;
  const devices = playDevices(hall.config.hall.id, gateway.mqtt, tidy);
  await playDay(devices, hall, events, 'the gateway');
  await historyDone(gateway.url);
  await settle();
  const day = memoryMb(gateway.pid);
  await openScreens(hall, gateway.http, tidy);
  await settle();
  const crowded = memoryMb(gateway.pid);

  const bare = startHelper('../bare-aedes.ts', [], tidy);
  const port = await bare.line<number>();
  const bareFresh = memoryMb(bare.pid).now;
  await playDay(playDevices(hall.config.hall.id, port, tidy), hall, events, 'bare aedes');
  await settle();
  const besides = (amount: number) => `bare aedes on Deno: ${amount.toFixed(0)} MB`;
  const figure = (name: string, value: number, beside: string) =>
    ({ ...{ name, value, unit: 'MB', digits: 0 }, beside }) as const;
  return [
    figure('gateway just started', fresh, besides(bareFresh)),
    figure(
      `after the day: ${events.length} signals, ${devices.connected} devices connected`,
      day.now,
      `at most ${day.most.toFixed(0)} MB; ${besides(memoryMb(bare.pid).now)}`,
    ),
    figure(`with ${SCREENS} screens`, crowded.now, `at most ${crowded.most.toFixed(0)} MB`),
  ];
});

async function playDay(devices: Devices, { config }: BenchHall, events: Events, to: string) {
  await devices.connect(new Set(config.devices.map(({ id }) => id)));
  progress(`the day's ${events.length} signals, published to ${to}`);
  let slice: Promise<void>[] = [];
  let began = 0;
  for (const { at, device, stream, signal } of events) {
    if (at - began >= SLICE_MS) {
      await Promise.all(slice);
      slice = [];
      began = at;
    }
    slice.push(devices.publish(device, stream, signal));
  }
  await Promise.all(slice);
}

async function openScreens({ config }: BenchHall, port: number, tidy: Tidy): Promise<void> {
  const shown = config.screens.filter(({ layout }) => ['calls', 'window'].includes(layout));
  const views = shown.slice(0, SCREENS - 1).map(({ id }) => `screen:${id}`);
  const helper = startHelper('screens.ts', [String(port), ...views, 'live'], tidy);
  const { screens } = await helper.line<{ screens: number }>();
  if (screens !== SCREENS) throw new Error(`screens: are ${screens}, should be ${SCREENS}`);
}

function settle(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, SETTLE_MS));
}
