// Starts the gateway from the command line, prints where everything is, and stops it gracefully when asked.
import { readConfig, type GatewayConfig } from './config.ts';
import { readTextFile } from './config/text.ts';
import { openGateway, type Gateway } from './gateway.ts';
import { placeOf } from './intake/session/line.ts';
import { CodedError, standardLog, type Log } from './log.ts';
import { failure } from './log/messages.ts';
import { localized } from './start/language.mjs';
import { stopWithParent } from './parent.ts';

const EXIT_CONFIG = 2;
const EXIT_FORCED = 130;

const read = readConfig({
  flags: Deno.args,
  env: (name) => Deno.env.get(name),
  readText: readTextFile,
});
if (!read.ok) {
  for (const problem of read.problems) console.error(`hallcast: ${problem}`);
  Deno.exit(EXIT_CONFIG);
}
// The journal and the history have names, evaluations and alarms in them: folders and files are made 0700 and 0600.
if (Deno.build.os !== 'windows') Deno.umask(0o077);
const log = standardLog(read.config.logLevel);
watchUnhandled(log);
for (const note of read.notes) log.warn(note, { stage: 'start' });
await run(read.config, log);

/** One gateway after the other: of a pair, one that led before opens again with its journal rewound. */
async function run(config: GatewayConfig, log: Log): Promise<void> {
  const current: { opening: Promise<Gateway> } = { opening: openGateway({ config, log }) };
  stopOnSignals(() => current.opening, log);
  try {
    for (;;) {
      const gateway = await current.opening;
      announce(gateway, config);
      const rewind = await gateway.rewound;
      log.info('rewind: begins', { ...rewind });
      const http = { ...config.http, port: gateway.ports.http };
      const again = { config: { ...config, http }, log, rewind };
      current.opening = gateway.stop().then(() => openGateway(again));
    }
  } catch (error) {
    // What a person chose and cannot be had is theirs to change: where in the program that came out helps nobody.
    const where = error instanceof CodedError ? {} : { error };
    log.error(failure('start', error), { stage: 'start', ...where });
    Deno.exit(1);
  }
}

/** The first signal stops gracefully, the second at once. */
function stopOnSignals(opening: () => Promise<Gateway>, log: Log): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) Deno.exit(EXIT_FORCED);
    stopping = true;
    log.info('stop: begins');
    try {
      await (await opening()).stop();
    } catch (error) {
      log.error(failure('stop', error), { stage: 'stop', error });
      Deno.exit(1);
    }
    log.info('stop: done');
    Deno.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    Deno.addSignalListener(signal, () => void stop());
  }
  stopWithParent(() => void stop());
}

/**
 * A forgotten rejection is one piece of work that failed: logged, and the hall goes on. An error that nobody caught may
 * have left things half done: the journal has everything that was acknowledged, so the process ends and starts anew.
 */
function watchUnhandled(log: Log): void {
  globalThis.addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    log.onError(event.reason, { stage: 'unhandled' });
  });
  globalThis.addEventListener('error', (event) => {
    event.preventDefault();
    log.onError(event.error ?? event.message, { stage: 'uncaught' });
    Deno.exit(1);
  });
}

/** For people: where to look. */
function announce({ address, ports }: Gateway, { hall, mqtt, broker }: GatewayConfig): void {
  const { name, demo, timezone } = hall.hall;
  const title = [name.zh, name.en].filter(Boolean).join(' · ');
  const screens = hall.screens.filter(({ layout }) => layout !== 'kiosk');
  const board = screens.find(({ layout }) => layout === 'calls') ?? screens[0];
  const lines = [
    '',
    `  ${title}${demo ? '  [演示 DEMO]' : ''}  (${timezone})`,
    '',
    `  ${address}/  ${localized('全部页面', 'all pages')}`,
    ...(board ? [`  ${address}/screen/${board.id}  ${board.name.zh}`] : []),
    `  ${address}/dashboard/live  ${localized('窗口负荷', 'window load')}`,
    `  ${broker ? placeOf(broker) : `mqtt://${mqtt.host}:${ports.mqtt}`}  ${localized('设备', 'devices')}`,
    '',
  ];
  console.log(lines.join('\n'));
}
