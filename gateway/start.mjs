// @ts-check
// `npm start`: installs and builds what changed, then runs the gateway on Deno with the narrowest permissions, and
// without `--hall` the demo hall with its simulated devices beside it. Plain Node, so that it runs before an install.
import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { demoDay, leaveDemo, makePast } from './start/demo.mjs';
import { helpIfAsked } from './start/help.mjs';
import { checkNode, install, stop } from './start/install.mjs';
import { takeLock } from './start/lock.mjs';
import { buildPages } from './start/pages.mjs';
import {
  addressOf,
  deviceArguments,
  gatewayArguments,
  pastArguments,
} from './start/permissions.mjs';
import { run, runToEnd } from './start/processes.mjs';
import { readSettings } from './start/settings.mjs';

const flags = process.argv.slice(2);
helpIfAsked(flags);
checkNode();
install();
buildPages();

const settings = readSettings(flags, process.env);
const { hall, data, mqtt, broker, peer, pace } = settings;
const isDemo = hall === undefined;
if (!isDemo && !existsSync(hall)) {
  stop(
    `--hall：${hall} 不存在，应为大厅文件`,
    `--hall: ${hall} is not there, should be the hall file`,
  );
}
const { day, releaseLock } = orStop(() => {
  mkdirSync(data, { recursive: true });
  const release = takeLock(data);
  if (!isDemo) leaveDemo(data);
  return {
    day: isDemo ? demoDay(data, Number(pace), Date.now()) : undefined,
    releaseLock: release,
  };
});
// The two gateways of a pair would make journals that differ.
if (day && peer === undefined) {
  const words = [...pastArguments(settings), ...flags];
  await makePast(data, day, () => runToEnd({ words, env: environment(day) }));
}
const env = environment(day);

process.exitCode = await run({
  data,
  gateway: { words: [...gatewayArguments(settings), ...flags], env },
  devices: isDemo
    ? (port) => devices(broker ? addressOf(broker) : reachable(mqtt, port))
    : undefined,
});
releaseLock();

/**
 * What the processes know of the demo's time; everything else they read as usual.
 * @param {import('./start/demo.mjs').DemoDay | undefined} day
 */
function environment(day) {
  const known = { HALLCAST_NAME: hostname(), ...process.env };
  if (day === undefined) return known;
  return {
    ...known,
    HALLCAST_PACE: pace,
    HALLCAST_CLOCK_ORIGIN: String(Date.now()),
    HALLCAST_DEMO_TIMEZONE: day.timezone,
  };
}

/** @param {string | undefined} address HOST:PORT of the broker */
function devices(address) {
  return {
    words: deviceArguments(address, settings.brokerCa),
    env: { ...env, HALLCAST_MQTT: address, HALLCAST_BROKER: broker ?? '' },
  };
}

/**
 * Where devices on this machine reach a broker that listens at `address` with the port that it got.
 * @param {string} address HOST:PORT
 * @param {number} port
 */
function reachable(address, port) {
  const host = address.slice(0, address.lastIndexOf(':'));
  const local = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[host] ?? host;
  return `${local}:${port}`;
}

/**
 * @template T
 * @param {() => T} action
 * @returns {T} its result; an error ends the start with its text alone
 */
function orStop(action) {
  try {
    return action();
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error));
  }
}
