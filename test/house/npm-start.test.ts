// `npm start` as a person has it: the demo comes up by itself, stops as a whole, and repeats no work the second time.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../../gateway/start/install.mjs';

/** The first start makes the demo's past. */
const patienceMs = 240_000;

interface Start {
  stop(signal: Deno.Signal): void;
  isRunning: boolean;
  output: string;
  /** the exit code */
  readonly end: Promise<number>;
}

/**
 * `npm start` on free ports; npm's own banner is left out. By Deno.Command: what Deno gives as node:child_process tells
 * of a process that was sent a signal that it died of it, whatever its exit code was.
 */
function start(data: string, ...flags: string[]): Start {
  const ports = ['--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
  const args = ['--silent', 'start', '--', '--data', data, ...ports, ...flags];
  const child = new Deno.Command('npm', {
    ...{ args, cwd: root },
    ...{ stdin: 'null', stdout: 'piped', stderr: 'piped' },
  }).spawn();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) started.output += decoder.decode(chunk, { stream: true });
  };
  const started: Start = {
    stop: (signal) => {
      if (started.isRunning) child.kill(signal);
    },
    isRunning: true,
    output: '',
    end: Promise.all([child.status, read(child.stdout), read(child.stderr)]).then(([status]) => {
      started.isRunning = false;
      return status.code;
    }),
  };
  return started;
}

/** The first result that is there; fails after some minutes, or when the process ended. */
async function until<T>(
  start: Start,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const patient = AbortSignal.timeout(patienceMs);
  while (!patient.aborted && start.isRunning) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    await pause(20);
  }
  throw new Error(`${what}: not seen within ${patienceMs} ms\n${start.output}`);
}

/** The gateway's address, once it is ready. */
function ready(start: Start, data: string): Promise<string> {
  return until(start, 'readyz', async () => {
    const ports: unknown = JSON.parse(await readFile(join(data, 'ports.json'), 'utf8'));
    assert.ok(ports !== null && typeof ports === 'object' && 'http' in ports);
    const address = `http://127.0.0.1:${String(ports.http)}`;
    const response = await fetch(`${address}/readyz`);
    await response.body?.cancel();
    return response.ok ? address : undefined;
  });
}

/** Signals that the journal took, once there are any. */
function journaled(start: Start, address: string): Promise<number> {
  return until(start, 'signals of the simulated devices', async () => {
    const text = await (await fetch(`${address}/metrics`)).text();
    const count = Number(/^hallcast_signals_journaled_total(?:\{.*\})? (\d+)/m.exec(text)?.[1]);
    return count > 0 ? count : undefined;
  });
}

async function demoDayOf(data: string): Promise<string> {
  return await readFile(join(data, 'demo.json'), 'utf8');
}

test('npm start: the demo with its devices; a second start goes on and neither installs nor builds', async () => {
  const data = await mkdtemp(join(tmpdir(), 'hallcast-npm-start-'));
  const first = start(data);
  try {
    const address = await ready(first, data);
    assert.ok((await journaled(first, address)) > 0);
    const day = await demoDayOf(data);

    const beside = start(data);
    assert.equal(await beside.end, 1);
    assert.match(beside.output, /already runs on .*--data DIR/);

    first.stop('SIGTERM');
    assert.equal(await first.end, 0, first.output);
    await assert.rejects(fetch(`${address}/healthz`), 'the gateway has stopped with it');

    // How long this takes is measured by `npm run bench -- restart`.
    const second = start(data);
    try {
      await ready(second, data);
      assert.doesNotMatch(second.output, /installing|building/);
      assert.equal(await demoDayOf(data), day);
    } finally {
      second.stop('SIGINT');
      assert.equal(await second.end, 0, second.output);
    }
  } finally {
    first.stop('SIGTERM');
    await first.end;
    await rm(data, { recursive: true });
  }
});

test('npm start: a mistake in a flag ends it with a clear message', async () => {
  const data = await mkdtemp(join(tmpdir(), 'hallcast-npm-start-'));
  try {
    const wrong = start(data, '--paze', '5');
    assert.notEqual(await wrong.end, 0);
    assert.match(wrong.output, /--paze: .*--pace/);
    assert.deepEqual(
      (await readdir(data)).filter((name) => name.endsWith('.pid') || name === 'ports.json'),
      [],
    );
  } finally {
    await rm(data, { recursive: true });
  }
});
