// @ts-check
// What the two Deno processes may touch, each named: nothing else of the network, the disk or the environment.
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './install.mjs';
import { languageVariables } from './language.mjs';
import { v8Flags } from './memory.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */

// Modules come from node_modules and this folder only; libraries that look for other variables find none.
const always = [
  ...['--quiet', '--no-prompt', '--no-remote', '--cached-only', '--no-lock', '--ignore-env'],
  `--config=${join(root, 'deno.json')}`,
  v8Flags,
];

const gatewayVariables = [
  ...['HALL', 'DATA', 'HTTP', 'MQTT', 'BROKER', 'INFLUX', 'INFLUX_TOKEN', 'INFLUX_DATABASE'],
  'INFLUX_CA',
  ...['BROKER_USER', 'BROKER_PASSWORD', 'BROKER_CA', 'BROKER_CERT', 'BROKER_KEY'],
  ...['PEER', 'PEER_KEY', 'NAME', 'PACE', 'CLOCK_ORIGIN', 'DEMO_TIMEZONE', 'LOG_LEVEL', 'PARENT'],
];
const deviceVariables = [
  ...['BROKER_USER', 'BROKER_PASSWORD'],
  ...['MQTT', 'BROKER', 'PACE', 'CLOCK_ORIGIN', 'DEMO_TIMEZONE', 'LOG_LEVEL', 'PARENT'],
];
/** @type {Record<string, string>} */
const defaultPorts = {
  ...{ 'mqtt:': '1883', 'mqtts:': '8883', 'ws:': '80', 'wss:': '443' },
  ...{ 'http:': '80', 'https:': '443' },
};

/**
 * The arguments of `deno` that run the gateway. Port 0 stands for the port that the system chooses, and only that.
 * @param {Settings} settings
 */
export function gatewayArguments({
  hall,
  data,
  http,
  mqtt,
  broker,
  brokerFiles = [],
  influx,
  peer,
}) {
  const urls = [broker, influx, peer].map((url) => (url === undefined ? url : addressOf(url)));
  const net = [...ownAddresses(http), broker === undefined ? mqtt : undefined].map(listenable);
  const given = [hall === undefined ? join(root, 'demo') : dirname(hall), data];
  return [
    'run',
    ...always,
    ...list('--allow-net', [...net, ...urls]),
    // gateway/ and hall/ for the modules of worker threads, which Deno counts as reads.
    ...list('--allow-read', [
      ...['dist', 'gateway', 'hall'].map((name) => join(root, name)),
      ...given,
      ...brokerFiles,
    ]),
    ...list('--allow-write', [data]),
    // How much room the data folder's disk has; that what the gateway writes is for its own user alone.
    '--allow-sys=statfs,umask',
    ...list('--allow-env', [...languageVariables, ...gatewayVariables.map(variable)]),
    join(root, 'gateway/main.ts'),
  ];
}

/**
 * The arguments of `deno` that run the simulated devices.
 * @param {string | undefined} mqtt HOST:PORT of the broker
 * @param {string} [ca] file of the authority that the broker's certificate is from
 */
export function deviceArguments(mqtt, ca) {
  return [
    'run',
    ...always,
    ...(ca === undefined ? [] : [`--cert=${ca}`]),
    ...list('--allow-net', [mqtt]),
    ...list('--allow-read', [join(root, 'demo')]),
    ...list('--allow-env', [...languageVariables, ...deviceVariables.map(variable)]),
    join(root, 'demo/devices.ts'),
  ];
}

/**
 * The arguments of `deno` that give the demo hall its past. The process ends before the gateway starts: it may take more
 * memory than that, and needs half the time with it.
 * @param {Settings} settings
 */
export function pastArguments({ data, brokerFiles = [] }) {
  return [
    'run',
    ...always.map((word) => (word === v8Flags ? '--v8-flags=--max-semi-space-size=64' : word)),
    ...list('--allow-read', [
      ...['demo', 'gateway', 'hall', 'dist'].map((name) => join(root, name)),
      ...[data, ...brokerFiles],
    ]),
    ...list('--allow-write', [data]),
    '--allow-sys=umask',
    ...list('--allow-env', [...languageVariables, ...gatewayVariables.map(variable)]),
    join(root, 'demo/past.ts'),
  ];
}

/**
 * The arguments of `deno` that fill a history from the journal.
 * @param {Settings & { hall: string }} settings
 */
export function backfillArguments({ hall, data, influx, brokerFiles = [] }) {
  return [
    'run',
    ...always,
    ...list('--allow-net', [influx && addressOf(influx)]),
    ...list('--allow-read', [dirname(hall), data, ...brokerFiles]),
    ...list('--allow-write', [data]),
    ...list('--allow-env', [...languageVariables, ...gatewayVariables.map(variable)]),
    join(root, 'gateway/backfill.ts'),
  ];
}

/**
 * HOST:PORT of a URL; nothing for what is none of ours (the gateway says so).
 * @param {string} url
 */
export function addressOf(url) {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const usual = defaultPorts[protocol];
  return hostname === '' || usual === undefined ? undefined : `${hostname}:${port || usual}`;
}

/**
 * The address of the pages, and those that its name may stand for: Deno asks about the one that it is found to be.
 * @param {string} address HOST:PORT
 */
function ownAddresses(address) {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return [address];
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [
    address,
    ...own.map((each) =>
      isIPv6(each.address) ? `[${each.address}]:${port}` : `${each.address}:${port}`,
    ),
  ];
}

/**
 * The address where it can be listened at; nothing for what is none (the gateway says so).
 * @param {string | undefined} address HOST:PORT
 */
function listenable(address) {
  const port = Number(/:(\d{1,5})$/.exec(address ?? '')?.[1]);
  return port <= 65_535 ? address : undefined;
}

/** @param {string} name */
function variable(name) {
  return `HALLCAST_${name}`;
}

/**
 * @param {string} flag
 * @param {(string | undefined)[]} values a comma in a value is written twice
 * @returns {string[]} nothing where there is no value: the flag alone would allow everything
 */
function list(flag, values) {
  const escaped = values
    .filter((value) => value !== undefined)
    .map((value) => value.replaceAll(',', ',,'));
  return escaped.length === 0 ? [] : [`${flag}=${escaped.join(',')}`];
}
