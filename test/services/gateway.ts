// A real gateway for tests: its own process with the permissions it runs with in a hall, in a temporary folder, on free
// ports of 127.0.0.1. Runs under Node (browser tests) and Deno alike.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { denoPath } from '../../gateway/start/install.mjs';
import { frugal } from '../../gateway/start/memory.mjs';
import { gatewayArguments } from '../../gateway/start/permissions.mjs';

export interface Gateway {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly http: number;
  readonly mqtt: number;
  readonly data: string;
  readonly pid: number;
  /** everything that it printed so far */
  output(): string;
  /** SIGTERM, then waits; the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL: no chance to tidy up; the folder stays for a next start */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, and nobody answers; SIGCONT */
  pause(): void;
  resume(): void;
  /** stops and removes its folder */
  end(): Promise<void>;
}

export interface GatewayOptions {
  /** YAML of the hall file */
  readonly hall: string;
  /** an earlier gateway's folder, to start on what it left */
  readonly data?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** URL of the external broker, instead of the embedded one */
  readonly broker?: string;
  /** URL of the InfluxDB that is its history */
  readonly influx?: string;
  /** URL of the other gateway of the hall */
  readonly peer?: string;
  /** ports to listen on again; 0 by default */
  readonly http?: number;
  readonly mqtt?: number;
}

const START_MS_MAX = 60_000;
const LOOK_MS = 10;

/** Resolves when `/readyz` says 200. Throws with the gateway's output when it ends or does not become ready. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'hallcast-')));
  const hallFile = join(data, 'hall.yaml');
  await writeFile(hallFile, options.hall);
  await rm(join(data, 'ports.json'), { force: true });
  const settings = {
    hall: hallFile,
    data,
    http: `127.0.0.1:${options.http ?? 0}`,
    mqtt: `127.0.0.1:${options.mqtt ?? 0}`,
    broker: options.broker,
    brokerFiles: ['BROKER_CA', 'BROKER_CERT', 'BROKER_KEY', 'INFLUX_CA'].flatMap(
      (name) => options.env?.[`HALLCAST_${name}`] ?? [],
    ),
    influx: options.influx,
    peer: options.peer,
    pace: '1',
  };
  const child = spawn(
    denoPath(),
    [
      ...gatewayArguments(settings),
      ...['--hall', hallFile, '--data', data, '--http', settings.http, '--mqtt', settings.mqtt],
      ...(options.broker === undefined ? [] : ['--broker', options.broker]),
      ...(options.influx === undefined ? [] : ['--influx', options.influx]),
      ...(options.peer === undefined ? [] : ['--peer', options.peer]),
      ...(options.flags ?? []),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...frugal(process.env), ...options.env } },
  );
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (printed += chunk));
  const ended = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => resolve(code)),
  );
  try {
    const { http, mqtt } = await ready(data, child, () => printed);
    // By its number: Deno's ChildProcess takes one signal only.
    const send = (name: NodeJS.Signals): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      process.kill(child.pid, name);
    };
    const signal = async (name: 'SIGTERM' | 'SIGKILL') => {
      send(name);
      return await ended;
    };
    return {
      url: `http://127.0.0.1:${http}`,
      http,
      mqtt,
      data,
      pid: child.pid ?? 0,
      output: () => printed,
      stop: () => signal('SIGTERM'),
      kill: async () => void (await signal('SIGKILL')),
      pause: () => send('SIGSTOP'),
      resume: () => send('SIGCONT'),
      end: async () => {
        await signal('SIGTERM');
        await rm(data, { recursive: true, force: true });
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function ready(data: string, child: ChildProcess, output: () => string) {
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`gateway ended: ${output()}`);
    const ports = await readPorts(data);
    if (ports && (await isReady(ports.http))) return ports;
    await pause(LOOK_MS);
  }
  throw new Error(`gateway is not ready after ${START_MS_MAX} ms: ${output()}`);
}

async function readPorts(data: string): Promise<{ http: number; mqtt: number } | undefined> {
  try {
    return JSON.parse(await readFile(join(data, 'ports.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

async function isReady(http: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${http}/readyz`);
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
