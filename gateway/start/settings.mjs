// @ts-check
// The settings that decide what the gateway's process may touch: flag > environment > default. The gateway itself
// checks every flag and reports mistakes (gateway/config.ts); here a value is only looked for.
import { resolve } from 'node:path';

/**
 * @typedef {object} Settings
 * @property {string | undefined} hall absolute path of the hall file; none: the demo hall
 * @property {string} data absolute path of the data folder
 * @property {string} http HOST:PORT
 * @property {string} mqtt HOST:PORT
 * @property {string | undefined} broker URL of an external broker
 * @property {string | undefined} [brokerCa] absolute path of the authority that its certificate is from
 * @property {readonly string[]} [brokerFiles] absolute paths of its TLS files, and InfluxDB's
 * @property {string | undefined} influx URL
 * @property {string | undefined} [peer] URL of the other gateway
 * @property {string} pace how many times faster than real the gateway's time runs
 */

/**
 * @param {string[]} flags as given after `npm start --`
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 */
export function readSettings(flags, env) {
  /** @param {string} name */
  const value = (name) => flag(flags, name) || env[`HALLCAST_${name.toUpperCase()}`] || undefined;
  /** @param {string} name */
  const path = (name) => {
    const file = value(name);
    return file === undefined ? undefined : resolve(file);
  };
  const hall = value('hall');
  return {
    hall: hall === undefined ? undefined : resolve(hall),
    data: resolve(value('data') ?? 'data'),
    http: value('http') ?? '127.0.0.1:8080',
    mqtt: value('mqtt') ?? '127.0.0.1:1883',
    broker: value('broker'),
    brokerCa: path('broker_ca'),
    brokerFiles: ['broker_ca', 'broker_cert', 'broker_key', 'influx_ca']
      .map(path)
      .filter((file) => file !== undefined),
    influx: value('influx'),
    peer: value('peer'),
    pace: value('pace') ?? '1',
  };
}

/**
 * `--name value` or `--name=value`; the last one counts.
 * @param {string[]} flags
 * @param {string} name
 */
function flag(flags, name) {
  let found;
  for (const [index, word] of flags.entries()) {
    if (word === `--${name}`) found = flags[index + 1];
    else if (word.startsWith(`--${name}=`)) found = word.slice(name.length + 3);
  }
  return found;
}
