// The demo's past as a person has it: an empty folder, a start that is killed in the middle, a whole start, a second one.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../../gateway/start/install.mjs';
import { addDays, businessDate, dayBounds } from '../../hall/zone-time.ts';

const PATIENCE_MS = 300_000;
const DAYS = 56;

function start(data: string): Deno.ChildProcess {
  const ports = ['--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
  return new Deno.Command('node', {
    ...{ args: ['gateway/start.mjs', '--data', data, ...ports], cwd: root },
    ...{ stdin: 'null', stdout: 'null', stderr: 'null' },
  }).spawn();
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const patient = AbortSignal.timeout(PATIENCE_MS);
  while (!patient.aborted) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(20);
  }
  throw new Error(`not seen within ${PATIENCE_MS} ms`);
}

/** The gateway's address, once it is ready. */
function ready(data: string): Promise<string> {
  return until(async () => {
    if (!existsSync(join(data, 'ports.json'))) return undefined;
    try {
      const { http } = JSON.parse(readFileSync(join(data, 'ports.json'), 'utf8')) as Row;
      const address = `http://127.0.0.1:${String(http)}`;
      const response = await fetch(`${address}/readyz`);
      await response.body?.cancel();
      return response.ok ? address : undefined;
    } catch {
      // Half written, or not listening yet.
      return undefined;
    }
  });
}

type Row = Record<string, unknown>;

function dayOf(data: string) {
  return JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as {
    timezone: string;
    startedAt: number;
    past?: string;
  };
}

/** Entries of the days before `today`, and how many of them have ids of their own. */
function pastOf(data: string, today: number): unknown {
  const journal = new DatabaseSync(join(data, 'journal.sqlite'), { readOnly: true });
  try {
    return {
      ...journal
        .prepare('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM entry WHERE received_at < ?')
        .get(today),
    };
  } finally {
    journal.close();
  }
}

async function stop(child: Deno.ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await child.status;
}

test('15.5 the demo begins with eight weeks; killed in the middle they are made again, and a second start adds none', async () => {
  const data = mkdtempSync(join(tmpdir(), 'hallcast-demo-past-'));
  const running: Deno.ChildProcess[] = [];
  const begin = () => {
    const child = start(data);
    running.push(child);
    return child;
  };
  try {
    const killed = begin();
    await until(() => (existsSync(join(data, 'facts.sqlite')) ? true : undefined));
    killed.kill('SIGKILL');
    await killed.status;
    assert.equal(dayOf(data).past, 'begun');

    const whole = begin();
    const address = await ready(data);
    const { timezone, startedAt, past } = dayOf(data);
    assert.equal(past, 'made');
    const date = businessDate(timezone, startedAt);
    const [today] = dayBounds(timezone, date);
    const [from] = dayBounds(timezone, addDays(date, -DAYS));
    const figures = `figure=served,wait_mean_ms&from=${from}&to=${today}&per=day`;
    const response = await fetch(`${address}/api/v1/figures?${figures}`);
    assert.equal(response.status, 200);
    const { rows } = (await response.json()) as {
      rows: { from: string; served: { value: number } }[];
    };
    assert.equal(rows.length, DAYS);
    for (const [day, row] of rows.entries()) {
      assert.ok(row.from.startsWith(addDays(date, day - DAYS)), row.from);
      assert.ok(row.served.value > 1_000 && row.served.value < 1_500, JSON.stringify(row));
    }
    const first = pastOf(data, today) as { n: number; ids: number };
    assert.ok(first.n > 500_000);
    assert.equal(first.ids, first.n);
    await stop(whole);

    const second = begin();
    await ready(data);
    assert.deepEqual(pastOf(data, today), first);
    await stop(second);
  } finally {
    for (const child of running) {
      try {
        child.kill('SIGTERM');
      } catch {
        // It has ended.
      }
      await child.status;
    }
    rmSync(data, { recursive: true, force: true });
  }
});
