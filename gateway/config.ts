// The gateway's settings: flag > environment > hall file > default, parsed once, all mistakes reported together.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatProblem, parseHall, type HallConfig } from '../hall/config.ts';
import { nearest } from '../hall/config/values.ts';
import { SOURCES } from '../vendors/sources.ts';
import { LAYOUT_PAGES } from '../hall/page.ts';
import type { Both, Language } from '../hall/language.ts';
import { LEVELS, message, messageOf, type Level, type Message } from './log.ts';
import { languageMistake, languageOf } from './start/language.mjs';
import { readBroker } from './config/broker.ts';
import { readInflux, type InfluxSettings } from './config/influx.ts';
import { readPeer, type PeerAddress } from './config/peer.ts';
import type { BrokerAddress } from './intake/session/line.ts';

export interface Address {
  readonly host: string;
  /** 0 = any free port */
  readonly port: number;
}

export interface GatewayConfig {
  readonly hall: HallConfig;
  /** folder of the hall file */
  readonly hallFolder: string;
  /** folder of the journal, the embedded history, the content and ports.json */
  readonly data: string;
  /** folder of the built pages */
  readonly pages: string;
  readonly http: Address;
  readonly mqtt: Address;
  /** an external MQTT 5 broker */
  readonly broker?: BrokerAddress;
  /** the other gateway of this hall, at the same broker */
  readonly peer?: PeerAddress;
  /** this gateway's name, for people */
  readonly name: string;
  readonly influx?: InfluxSettings;
  /** how many times faster than real the gateway's time runs */
  readonly pace: number;
  /** ms since 1970 at which paced and real time agree; default: the start */
  readonly clockOrigin?: number;
  readonly logLevel: Level;
}

export type ReadConfig =
  | {
      readonly ok: true;
      readonly config: GatewayConfig;
      /** What was given and has no effect, for people. */
      readonly notes: readonly Message[];
    }
  | {
      readonly ok: false;
      /** in the language that the environment names */
      readonly problems: readonly string[];
    };

/** What the settings are read from. */
export interface Sources {
  readonly flags: readonly string[];
  readonly env: (name: string) => string | undefined;
  /** The text of a file; throws where it cannot be read. */
  readonly readText: (file: string) => string;
}

const DEFAULTS = {
  hall: fileURLToPath(new URL('../demo/hall.yaml', import.meta.url)),
  data: './data',
  http: '127.0.0.1:8080',
  mqtt: '127.0.0.1:1883',
  pace: '1',
  log_level: 'info',
};

/** Settings that flags give; the others come from the environment only. */
const FLAGS = ['hall', 'data', 'http', 'mqtt', 'broker', 'influx', 'peer', 'pace'];

/** Reads the settings. Never throws. */
export function readConfig({ flags, env, readText }: Sources): ReadConfig {
  const language = languageOf({
    HALLCAST_LANG: env('HALLCAST_LANG'),
    LC_ALL: env('LC_ALL'),
    LC_MESSAGES: env('LC_MESSAGES'),
    LANG: env('LANG'),
  });
  const problems: Both[] = [];
  const wrong = languageMistake({ HALLCAST_LANG: env('HALLCAST_LANG') });
  if (wrong !== undefined) problems.push(wrong);
  const given = readFlags(flags, problems);
  const value = (name: string): Value | undefined => {
    const flag = given.get(name);
    if (flag !== undefined) return { text: flag, from: `--${name}` };
    const variable = `HALLCAST_${name.toUpperCase()}`;
    const text = env(variable);
    return text === undefined || text === '' ? undefined : { text, from: variable };
  };
  const or = (name: keyof typeof DEFAULTS): Value =>
    value(name) ?? { text: DEFAULTS[name], from: `default ${name}` };

  const hall = readHall(value, readText, problems, language);
  const broker = readBroker(value, readText, problems);
  const peer = readPeer(value, broker !== undefined, problems);
  const influx = readInflux(value, readText, problems);
  const clockOrigin = readNumber(value('clock_origin'), 0, Number.MAX_SAFE_INTEGER, problems);
  const config = {
    hallFolder: dirname(value('hall')?.text ?? DEFAULTS.hall),
    data: or('data').text,
    pages: fileURLToPath(new URL('../dist', import.meta.url)),
    http: readAddress(or('http'), problems),
    mqtt: readAddress(or('mqtt'), problems),
    ...(broker && { broker }),
    ...(peer && { peer }),
    name: (value('name')?.text ?? or('http').text).slice(0, 100),
    ...(influx && { influx }),
    pace: readNumber(or('pace'), 1, 10_000, problems) ?? 1,
    ...(clockOrigin !== undefined && { clockOrigin }),
    logLevel: readLevel(or('log_level'), problems),
  };
  if (hall === undefined || problems.length > 0) {
    return { ok: false, problems: problems.map((problem) => problem[language]) };
  }
  const unused = broker && value('mqtt');
  const notes = unused
    ? [message('start.unused', { setting: unused.from, broker: value('broker')?.from })]
    : [];
  const all = [...notes, ...pageless(hall)];
  return { ok: true, config: Object.freeze({ ...config, hall }), notes: all };
}

/** Screens of a real hall whose address leads to no page yet. */
function pageless({ hall, screens }: HallConfig): Message[] {
  if (hall.demo) return [];
  return Object.entries(LAYOUT_PAGES).flatMap(([layout, page]) => {
    if (page !== undefined) return [];
    const ids = screens.filter((screen) => screen.layout === layout).map(({ id }) => id);
    if (ids.length === 0) return [];
    return [message('start.no-page', { screens: ids.join(', '), layout })];
  });
}

interface Value {
  readonly text: string;
  /** the flag or variable that gave it, for messages */
  readonly from: string;
}

/** `--name value` and `--name=value`; the last one counts. */
function readFlags(words: readonly string[], problems: Both[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const parts = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word);
    const name = parts?.[1];
    if (name === undefined) {
      const known = FLAGS.map((flag) => `--${flag}`);
      problems.push({
        zh: `${word}：不是参数，可用的参数：${known.join('、')}`,
        en: `${word}: is no flag, should be ${known.join(', ')}`,
      });
    } else if (!FLAGS.includes(name)) {
      const near = nearest(name, FLAGS);
      problems.push({
        zh: `--${name}：没有这个参数，应为 ${near === undefined ? `${FLAGS.join('、')} 之一` : `--${near}`}`,
        en: `--${name}: is an unknown flag, should be ${near === undefined ? `one of ${FLAGS.join(', ')}` : `--${near}`}`,
      });
      if (parts?.[2] === undefined && !(words[index + 1] ?? '--').startsWith('--')) index++;
    } else {
      const inline = parts?.[2];
      const text = inline ?? words[index + 1];
      if (text === undefined || text === '' || (inline === undefined && text.startsWith('--'))) {
        problems.push({
          zh: `--${name}：后面没有值，应填写`,
          en: `--${name}: has no value, should be followed by one`,
        });
      } else {
        given.set(name, text);
        if (inline === undefined) index++;
      }
    }
  }
  return given;
}

function readHall(
  value: (name: string) => Value | undefined,
  readText: (file: string) => string,
  problems: Both[],
  language: Language,
): HallConfig | undefined {
  const file = value('hall');
  const path = file?.text ?? DEFAULTS.hall;
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    const why = messageOf(error);
    problems.push({
      zh: `${file?.from ?? '演示大厅'}：无法读取 ${path}：${why}`,
      en: `${file?.from ?? 'demo hall'}: cannot read ${path}: ${why}`,
    });
    return undefined;
  }
  const parsed = parseHall(text, path, SOURCES, language);
  if (!parsed.ok) {
    for (const problem of parsed.problems) {
      // In one language, the one that is shown.
      const shown = formatProblem(path, problem, language);
      problems.push({ zh: shown, en: shown });
    }
    return undefined;
  }
  // The demo shows an open hall whatever time it is: its time zone is chosen when it starts.
  const zone = file === undefined ? value('demo_timezone') : undefined;
  if (zone === undefined) return parsed.config;
  if (!isTimeZone(zone.text)) {
    problems.push({
      zh: `${zone.from}：填的是 "${zone.text}"，应为时区，例如 Etc/GMT-8`,
      en: `${zone.from}: is "${zone.text}", should be a time zone such as Etc/GMT-8`,
    });
    return undefined;
  }
  const hall = Object.freeze({ ...parsed.config.hall, timezone: zone.text });
  return Object.freeze({ ...parsed.config, hall });
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** `127.0.0.1:8080`, `[::1]:0`, `localhost:1883`. */
function readAddress({ text, from }: Value, problems: Both[]): Address {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port > 65_535) {
    problems.push({
      zh: `${from}：填的是 "${text}"，应为 主机:端口，例如 127.0.0.1:8080`,
      en: `${from}: is "${text}", should be HOST:PORT such as 127.0.0.1:8080`,
    });
    return { host: '127.0.0.1', port: 0 };
  }
  return { host: parts[1] ?? parts[2] ?? '', port };
}

function readNumber(
  value: Value | undefined,
  min: number,
  max: number,
  problems: Both[],
): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value.text);
  if (Number.isFinite(number) && number >= min && number <= max) return number;
  problems.push({
    zh: `${value.from}：填的是 "${value.text}"，应为 ${min} 到 ${max} 的数`,
    en: `${value.from}: is "${value.text}", should be a number from ${min} to ${max}`,
  });
  return undefined;
}

function readLevel({ text, from }: Value, problems: Both[]): Level {
  const level = LEVELS.find((known) => known === text);
  if (level === undefined) {
    problems.push({
      zh: `${from}：填的是 "${text}"，应为 ${LEVELS.join('、')} 之一`,
      en: `${from}: is "${text}", should be one of ${LEVELS.join(', ')}`,
    });
  }
  return level ?? 'info';
}
