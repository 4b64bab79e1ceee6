// What a process costs, read from Linux, and helper programs of a bench in processes of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Tidy } from './bench.ts';

/** Clock ticks per second in /proc/PID/stat: fixed in Linux's interface to programs. */
const TICKS_PER_SECOND = 100;
const STOP_MS = 5_000;

/** Processor time that a process has used, all threads, s. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field is a name in brackets that may hold anything: fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process now, and the most that it ever was, MB (2^20 bytes). */
export function memoryMb(pid: number): { readonly now: number; readonly most: number } {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { now: kilobytes('VmRSS') / 1024, most: kilobytes('VmHWM') / 1024 };
}

export interface Helper {
  readonly pid: number;
  /** Resolves with the next line that it prints, as JSON; rejects when it ends before. */
  line<T>(): Promise<T>;
  /** Asks it to end; kills it when it does not. */
  stop(): Promise<void>;
}

/** Starts another program of this folder, which prints JSON lines and ends at SIGTERM. */
export function startHelper(file: string, words: readonly string[], tidy: Tidy): Helper {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const config = fileURLToPath(new URL('../../../deno.json', import.meta.url));
  const child = spawn(
    Deno.execPath(),
    [
      ...['run', '--quiet', '--no-prompt', '--no-remote', '--cached-only', '--no-lock'],
      ...[`--config=${config}`, '--allow-net=127.0.0.1', '--allow-read', '--allow-env'],
      ...[path, ...words],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const helper = {
    pid: child.pid ?? 0,
    line: async <T>() => {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`${file}: ended, should have printed a line`);
      return JSON.parse(value) as T;
    },
    stop: () => stopChild(child, ended),
  };
  tidy(() => helper.stop());
  return helper;
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(late);
}
