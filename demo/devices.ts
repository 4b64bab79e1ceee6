// The demo hall's devices, each a real MQTT client over TCP, in a process of their own.
//   deno run … demo/devices.ts [--broker mqtt://HOST:PORT] [--burst N]
// Environment: HALLCAST_BROKER (URL) or HALLCAST_MQTT (HOST:PORT), HALLCAST_BROKER_USER and _PASSWORD, HALLCAST_PACE,
// HALLCAST_CLOCK_ORIGIN (ms), HALLCAST_DEMO_TIMEZONE, HALLCAST_LOG_LEVEL.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createClock } from '../gateway/clock.ts';
import { stopWithParent } from '../gateway/parent.ts';
import { readDemoHall } from './hall.ts';
import { runBridge } from './devices/bridge.ts';
import { createBursts } from './devices/burst.ts';
import { runNeighbours } from './devices/neighbours.ts';
import { runDemo } from './devices/run.ts';
import { localized } from '../gateway/start/language.mjs';

/** One line for the first of a kind of error, then at most one in this time: a broker's end is 240 errors. */
const QUIET_MS = 30_000;

if (import.meta.main) main();

function main(): void {
  const { values } = parseArgs({
    options: { broker: { type: 'string' }, burst: { type: 'string', default: '0' } },
  });
  const config = readDemoHall(variable('DEMO_TIMEZONE'));
  const address = variable('BROKER') ?? `mqtt://${variable('MQTT') ?? '127.0.0.1:1883'}`;
  const clock = createClock(
    Number(variable('PACE') ?? 1),
    Number(variable('CLOCK_ORIGIN') ?? Date.now()),
  );
  const burst = Number(values.burst);
  const url = withCredentials(values.broker ?? address);
  const onError = quietly((text) =>
    console.error(`${localized('演示设备：', 'demo devices: ')}${text}`),
  );
  const endBridge = runBridge(url, (error) => onError(error, { stage: 'bridge' }));
  const endNeighbours = runNeighbours(config, url, clock.now, (error) =>
    onError(error, { stage: 'neighbours' }),
  );
  const demo = runDemo({
    config,
    url,
    now: clock.now,
    ...(burst > 0 && { extra: createBursts(config, burst) }),
    onError,
    onReady: ({ devices, connected, signals, ms }) => {
      const seconds = (ms / 1_000).toFixed(1);
      console.log(
        localized(
          `演示设备：已连接 ${connected} / ${devices} 台，今天至此的 ${signals} 条信号用时 ${seconds} 秒`,
          `demo devices: ${connected} of ${devices} connected, ${signals} signals of the day so far in ${seconds} s`,
        ),
      );
    },
  });
  const stop = () => {
    endBridge();
    endNeighbours();
    void demo.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  stopWithParent(stop);
}

/** The gateway's own, where the URL has none; only a broker that is not the embedded one asks for any. */
function withCredentials(address: string): string {
  const user = variable('BROKER_USER');
  if (user === undefined || !URL.canParse(address)) return address;
  const url = new URL(address);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(variable('BROKER_PASSWORD') ?? '');
  return url.href;
}

function variable(name: string): string | undefined {
  const value = process.env[`HALLCAST_${name}`];
  return value === undefined || value === '' ? undefined : value;
}

function quietly(write: (text: string) => void) {
  let quietUntil = 0;
  let held = 0;
  return (error: Error, { stage }: { stage: string }) => {
    held += 1;
    if (Date.now() < quietUntil) return;
    // Errors of a connection attempt to several addresses have no text of their own, only a code.
    const { code } = error as { code?: string };
    const more =
      held > 1 ? localized(`（此后又有 ${held - 1} 次）`, ` (and ${held - 1} more since)`) : '';
    write(`${stage}: ${error.message || code || error.name}${more}`);
    quietUntil = Date.now() + QUIET_MS;
    held = 0;
  };
}
