/** Parts that tests of the way in share: the intake in this process or in one of its own, and clients. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { createClock } from '../../gateway/clock.ts';
import { type Intake, startIntake } from '../../gateway/intake.ts';
import { type BrokerOptions, startBroker } from '../../gateway/intake/broker.ts';
import { type Journal, openJournal } from '../../gateway/journal.ts';
import { decodeSmallHall } from './small-hall.ts';

export function dataFolder(): string {
  return mkdtempSync(join(tmpdir(), 'hallcast-intake-'));
}

export function openHallJournal(data: string): Promise<Journal> {
  return openJournal({ file: join(data, 'journal.sqlite'), hall: 'h1', onError: console.error });
}

export interface Door {
  intake: Intake;
  journal: Journal;
  data: string;
  stop(): Promise<void>;
}

export async function openDoor(
  options: Partial<BrokerOptions> = {},
  data = dataFolder(),
): Promise<Door> {
  const journal = await openHallJournal(data);
  const intake = await startIntake({
    decode: decodeSmallHall,
    journal,
    clock: createClock(),
    open: (onPublish) =>
      startBroker({
        ...{ hostname: '127.0.0.1', port: 0, onError: console.error, onPublish },
        ...options,
      }),
  });
  const stop = async () => {
    await intake.stop();
    await journal.close();
  };
  return { intake, journal, data, stop };
}

export function issued(id: string, ticket = 'A1'): string {
  return JSON.stringify({ type: 'issued', id, ticket, queue: 'q1' });
}

export function connect(port: number, options: mqtt.IClientOptions = {}) {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
}

/** Resolves when `condition` holds; looks again after every turn of the event loop. */
export async function until(condition: () => boolean, what: string, ms = 10_000): Promise<void> {
  const giveUp = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error(`until: ${what} did not come in ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Program {
  port: number;
  pid: number;
  /** What it has said on standard error so far. */
  errors(): string;
  kill(signal: Deno.Signal): Promise<void>;
}

/** Starts test/gateway/crash-program.ts on `data`; `prefix` is a command that runs it in its own way. */
export async function startProgram(data: string, prefix: string[] = []): Promise<Program> {
  const program = new URL('./crash-program.ts', import.meta.url).pathname;
  const house = new URL('../..', import.meta.url).pathname;
  const deno = [
    Deno.execPath(),
    'run',
    '--no-prompt',
    '--no-check',
    `--allow-read=${house},${data}`,
    `--allow-write=${data}`,
    '--allow-net=127.0.0.1',
    '--allow-env',
    program,
    data,
  ];
  const [command, ...args] = [...prefix, ...deno];
  const process = new Deno.Command(command!, {
    args,
    cwd: house,
    stdout: 'piped',
    stderr: 'piped',
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  const port = Number(value);
  if (!(port > 0)) throw new Error(`crash-program: said "${value}", should be its port`);
  let errors = '';
  const listening = process.stderr
    .pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void (errors += text) }));
  return {
    port,
    pid: process.pid,
    errors: () => errors,
    async kill(signal) {
      process.kill(signal);
      await process.status;
      await listening;
      await reader.cancel();
    },
  };
}
