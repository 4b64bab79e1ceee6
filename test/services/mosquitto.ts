// A real Mosquitto for tests: its own configuration in a folder of its own, on a free port of 127.0.0.1; and a client
// that is not ours: mosquitto_pub, as a technician would type it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Mosquitto {
  readonly port: number;
  /** mqtt://127.0.0.1:PORT, or mqtts://localhost:PORT */
  readonly url: string;
  readonly folder: string;
  readonly pid: number;
  /** Everything that it logged so far, over restarts. */
  log(): string;
  /** SIGTERM: it writes its persistence and ends. */
  stop(): Promise<void>;
  /** SIGKILL */
  kill(): Promise<void>;
  /** After `stop` or `kill`: on the same port and folder. */
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT: connections stay open and nobody answers. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its folder. */
  end(): Promise<void>;
}

export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface MosquittoOptions {
  /** Of mosquitto.conf, beside the listener's own. */
  readonly settings?: Settings;
  /** Keeps sessions and what they are owed over restarts. Default true. */
  readonly persistence?: boolean;
  /** Names and passwords; without any everybody may connect. */
  readonly users?: Readonly<Record<string, string>>;
  /** Files of the listener's TLS; with `ca` a client certificate is asked for. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
}

const program = '/usr/sbin/mosquitto';
const startMsMax = 10_000;

/** What a hall's Mosquitto needs so that a gateway may be away for long: the default keeps 1,000 messages a client. */
export const ROOMY: Settings = {
  max_queued_messages: 0,
  max_queued_bytes: 0,
  max_inflight_messages: 0,
};

/** Starts one; resolves when it listens. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-mosquitto-'));
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(file, configuration(options, folder, port));
  let child: ChildProcess | undefined;
  let printed = '';
  const start = async () => {
    const started = spawn(program, ['-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk) => (printed += chunk));
    }
    await listening(port, started, () => printed);
  };
  // By its id: a child process of Deno takes one signal only.
  const send = (name: NodeJS.Signals) => {
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(child.pid, name);
    }
  };
  const signal = (name: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
        return resolve();
      }
      child.once('exit', () => resolve());
      send(name);
    });
  await start();
  return {
    port,
    url: options.tls ? `mqtts://localhost:${port}` : `mqtt://127.0.0.1:${port}`,
    folder,
    get pid() {
      return child?.pid ?? 0;
    },
    log: () => printed,
    stop: () => signal('SIGTERM'),
    kill: () => signal('SIGKILL'),
    start,
    pause: () => send('SIGSTOP'),
    resume: () => send('SIGCONT'),
    async end() {
      send('SIGCONT');
      await signal('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}

/** Publishes one message at QoS 1 and resolves when the broker has acknowledged it. */
export function mosquittoPub(port: number, topic: string, payload: object | string): Promise<void> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const words = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', text];
  return new Promise((resolve, reject) => {
    const child = spawn('mosquitto_pub', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`mosquitto_pub ended with ${code}: ${complaint}`));
    });
  });
}

/** A port that is free now; whoever listens on it at once gets it. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function configuration(options: MosquittoOptions, folder: string, port: number): string {
  const { settings = {}, persistence = true, users, tls } = options;
  const lines = [
    `listener ${port} ${tls ? 'localhost' : '127.0.0.1'}`,
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type notice',
    // It gives up root's rights otherwise, and with them its folder.
    'user root',
    `persistence ${persistence}`,
    `persistence_location ${folder}/`,
  ];
  if (users === undefined) lines.push('allow_anonymous true');
  else {
    const file = join(folder, 'passwords');
    const names = Object.entries(users);
    writeFileSync(file, names.map(([name, password]) => `${name}:${password}\n`).join(''));
    chmodSync(file, 0o600);
    // Hashes what it finds in plain.
    const { status, stderr } = spawnSync('mosquitto_passwd', ['-U', file], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mosquitto_passwd ended with ${status}: ${stderr}`);
    lines.push('allow_anonymous false', `password_file ${file}`);
  }
  if (tls !== undefined) {
    lines.push(`certfile ${tls.cert}`, `keyfile ${tls.key}`);
    if (tls.ca !== undefined) lines.push(`cafile ${tls.ca}`, 'require_certificate true');
  }
  const given = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [...lines, ...given, ''].join('\n');
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = performance.now() + startMsMax;
  while (performance.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`mosquitto ended with ${child.exitCode}: ${log()}`);
    if (await answers(port)) return;
    await sleep(10);
  }
  throw new Error(`mosquitto does not listen after ${startMsMax} ms: ${log()}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
