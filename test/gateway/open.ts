// A real gateway in a temporary folder on free ports, and what tests need to talk to it.
import { readFileSync } from 'node:fs';
import { connectAsync, type MqttClient } from 'mqtt';
import { readConfig } from '../../gateway/config.ts';
import { openGateway, type Gateway, type GatewayOptions } from '../../gateway/gateway.ts';
import { createLog } from '../../gateway/log.ts';
import { apply, type Patch } from '../../hall/diff.ts';
import type { ServerMessage } from '../../hall/protocol.ts';
import { HALL } from './open-hall.ts';

export { HALL };

export interface TestGateway extends Gateway {
  readonly data: string;
  readonly lines: string[];
  get(path: string): Promise<Response>;
  json<T = Record<string, unknown>>(path: string): Promise<T>;
  metric(name: string): Promise<number>;
}

/** Opens a gateway; `data` keeps a folder over several starts, `broker` is the URL of an external one. */
export async function openTestGateway(
  options: Partial<GatewayOptions> & {
    data?: string;
    hall?: string;
    broker?: string;
    /** after those that are always given: the last one counts */
    flags?: readonly string[];
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<TestGateway> {
  const {
    data = Deno.makeTempDirSync({ prefix: 'hallcast-' }),
    hall = HALL,
    broker,
    flags: more = [],
    env = {},
    ...rest
  } = options;
  const file = `${data}/hall.yaml`;
  Deno.writeTextFileSync(file, hall);
  const flags = ['--hall', file, '--data', data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
  if (broker !== undefined) flags.push('--broker', broker);
  const read = readConfig({
    flags: [...flags, ...more],
    env: (name) => env[name],
    readText: (path) => readFileSync(path, 'utf8'),
  });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const lines: string[] = [];
  const log = createLog({ level: 'info', json: true, write: (line) => void lines.push(line) });
  const gateway = await openGateway({ config: read.config, log, ...rest });
  const get = (path: string) => fetch(`${gateway.address}${path}`);
  return Object.assign(gateway, {
    data,
    lines,
    get,
    json: async <T>(path: string) => (await (await get(path)).json()) as T,
    metric: async (name: string) => metricOf(await (await get('/metrics')).text(), name),
  });
}

/** The value of a metric, or the sum over its labels; one that is not offered at all is a mistake of the test. */
export function metricOf(text: string, name: string): number {
  const family = name.replace(/_(bucket|count|sum)$/, '');
  if (!text.includes(`# TYPE ${family} `)) throw new Error(`metric: there is no ${name}`);
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

export function connectDevice(gateway: Gateway, clientId: string): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${gateway.ports.mqtt}`, { clientId });
}

/** Publishes as a device does; resolves when the gateway has acknowledged. */
export async function publish(
  device: MqttClient,
  stream: string,
  signal: object | readonly object[],
): Promise<void> {
  const topic = `hall/h1/${device.options.clientId}/${stream}`;
  await device.publishAsync(topic, JSON.stringify(signal), { qos: 1 });
}

type Message = ServerMessage<Record<string, unknown>>;

/** A page on the live stream that keeps what it gets, as the real one does. */
export class TestPage {
  readonly messages: Message[] = [];
  readonly texts: string[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  data: Record<string, unknown> | undefined;
  revision = 0;
  epoch = '';
  #wake: () => void = () => {};

  constructor(
    gateway: Pick<Gateway, 'address'>,
    hello?: object,
    headers: Readonly<Record<string, string>> = {},
  ) {
    // Deno's WebSocket takes headers, of which the DOM's types know nothing.
    const options = { headers } as unknown as string[];
    this.socket = new WebSocket(`${gateway.address.replace('http', 'ws')}/live`, options);
    this.socket.onopen = () => hello !== undefined && this.send(hello);
    this.socket.onmessage = ({ data }) => this.#take(String(data));
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code, reason }) => {
        this.#wake();
        resolve({ code, reason });
      };
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Resolves when this is true of the page; looks after every message. */
  async until(what: string, holds: (page: TestPage) => boolean): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!holds(this)) {
      if (Date.now() > deadline) {
        throw new Error(`page: ${what} did not come; got ${this.texts.slice(-5).join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  of<T extends Message['type']>(type: T): Extract<Message, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<
      Message,
      { type: T }
    >[];
  }

  #take(text: string): void {
    const message = JSON.parse(text) as Message;
    this.texts.push(text);
    this.messages.push(message);
    if (message.type === 'snapshot') {
      this.data = message.data;
      this.epoch = message.epoch;
      this.revision = message.revision;
    } else if (message.type === 'delta') {
      if (message.from !== this.revision)
        throw new Error(`delta from ${message.from} at ${this.revision}`);
      this.data = apply(this.data, message.patch as Patch);
      this.revision = message.revision;
    }
    this.#wake();
  }
}

export function hello(view: string, known: object = {}): object {
  return { type: 'hello', protocol: 1, view, ...known };
}

const UNCHANGED_MS = 10_000;
const WAIT_MS = 60_000;

/** Waits until a question has the wanted answer; on a busy machine for as long as the answer still changes. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  holds: (answer: T) => boolean,
): Promise<T> {
  const began = Date.now();
  let last: string | undefined;
  let changedAt = began;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    const text = JSON.stringify(answer);
    if (text !== last) changedAt = Date.now();
    last = text;
    const isOver = Date.now() - changedAt > UNCHANGED_MS || Date.now() - began > WAIT_MS;
    if (isOver) throw new Error(`${what}: still ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
