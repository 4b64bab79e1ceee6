// The journal's disk is full: devices are not acknowledged, screens go on with what they have, one clear fault, and it
// goes on by itself when there is room. On a small disk that is really full, with the gateway as it ships. SPEC §3.
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { mountSmallDisk } from '../services/disk.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { LivePage } from '../services/live-page.ts';
import { metricOf } from './open.ts';
import { until } from './intake-parts.ts';

const DISK_BYTES = 64 * 1024 * 1024;
const SIGNALS = 3_000;
/** a page calls itself stale after 4 s; so many pulses show that it would not */
const PULSES = 5;

test('a full disk: no PUBACK, live screens, one fault, and on by itself with room', async () => {
  const disk = mountSmallDisk(DISK_BYTES);
  const gateway = await startGateway({ hall: SAMPLE_YAML, data: disk.folder });
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, {
    clientId: 'disp-1',
  });
  const page = new LivePage(gateway);
  try {
    const call = { type: 'called', id: 'room', ticket: 'A001', window: 'w1' };
    await device.publishAsync('hall/h1/disp-1/ticket', JSON.stringify(call), { qos: 1 });
    await until(() => page.shows('A001'), 'the ticket on the page');

    disk.fill();
    const acknowledged = new Set<string>();
    const ids = Array.from({ length: SIGNALS }, (_, number) => `full-${number}`);
    for (const id of ids) {
      device.publish(
        'hall/h1/disp-1/ticket',
        issued(id, `B${id.slice(5)}`),
        { qos: 1 },
        (error) => {
          if (!error) acknowledged.add(id);
        },
      );
    }
    const health = await untilHealth(gateway, 503);
    assert.equal(health.parts['journal']?.state, 'failing');
    assert.match(health.parts['journal']?.detail ?? '', /disk/);
    const before = { acknowledged: acknowledged.size, pulses: page.pulses };
    assert.ok(before.acknowledged < ids.length, 'some are not acknowledged');
    await until(() => page.pulses >= before.pulses + PULSES, 'pulses while the disk is full');
    assert.equal(acknowledged.size, before.acknowledged, 'nothing is acknowledged meanwhile');
    assert.ok(page.shows('A001'), 'the page keeps what it has');
    // A page that comes now is served too: /screen, /live and the views do not need the disk.
    const late = new LivePage(gateway);
    await until(() => late.shows('A001'), 'a new page');
    late.close();

    disk.free();
    await until(() => acknowledged.size === ids.length, 'all acknowledged with room', 30_000);
    await untilHealth(gateway, 200);
    const counts = await conservation(gateway);
    assert.equal(counts.received, counts.journaled + counts.duplicate + counts.rejected);
    assert.deepEqual(counts, { received: 3_001, journaled: 3_001, duplicate: 0, rejected: 0 });
    const told = gateway
      .output()
      .split('\n')
      .filter((line) => /"stage":"journal"/.test(line));
    assert.equal(told.length, 1, `one line about it, got ${told.join('\n')}`);
  } finally {
    page.close();
    await device.endAsync(true);
    await gateway.stop();
    disk.end();
  }
});

test('a disk that is full at the start: said clearly, and nothing is harmed', async () => {
  const disk = mountSmallDisk(DISK_BYTES);
  try {
    const first = await startGateway({ hall: SAMPLE_YAML, data: disk.folder });
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${first.mqtt}`, {
      clientId: 'disp-1',
    });
    await device.publishAsync('hall/h1/disp-1/ticket', issued('kept', 'A001'), { qos: 1 });
    await device.endAsync();
    await first.stop();
    disk.fill();
    await assert.rejects(
      startGateway({ hall: SAMPLE_YAML, data: disk.folder }),
      /ENOSPC|disk|full/i,
    );
    disk.free();
    const again = await startGateway({ hall: SAMPLE_YAML, data: disk.folder });
    const lines = await (await fetch(`${again.url}/api/v1/journal`)).text();
    assert.match(lines, /"id":"kept"/);
    await again.stop();
  } finally {
    disk.end();
  }
});

test('3.7 a disk that is nearly full: who is not listed is refused first, told before, and nobody is lost', async () => {
  const disk = mountSmallDisk(4 * DISK_BYTES);
  const gateway = await startGateway({ hall: SAMPLE_YAML, data: disk.folder });
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`);
  let sent = 0;
  const publish = async (device: string, signal: object, stream = 'ticket') => {
    sent++;
    const message = JSON.stringify({ id: `n-${sent}`, ...signal });
    await client.publishAsync(`hall/h1/${device}/${stream}`, message, { qos: 1 });
  };
  const issue = { type: 'issued', ticket: 'A001', queue: 'q1' };
  const journal = () => text(gateway, '/api/v1/journal');
  const letters = async () =>
    JSON.parse(await text(gateway, '/api/v1/dead-letters?reason=budget:journal')) as {
      letters: { id: number; topic: string }[];
    };
  const lastIsRefused = async () =>
    (await letters()).letters[0]?.id !== undefined && !(await journal()).includes(`"n-${sent}"`);
  try {
    await publish('stranger', issue);
    assert.match(await journal(), /"device":"stranger"/);
    // 10 MiB are less than 5 % of this disk, and more than the gateway writes meanwhile.
    disk.fill(10 * 1024 * 1024);
    await untilTrue(async () => {
      const faults = await text(gateway, '/api/v1/faults');
      return /"budget:journal".* 100 % used.*limits\.disk_free_mib/.test(faults);
    }, 'the fault');
    await publish('stranger', issue);
    assert.ok(await lastIsRefused(), 'a stranger is refused');
    await publish('disp-1', issue);
    assert.match(await journal(), new RegExp(`"n-${sent}"`), 'listed devices go on');
    await publish('stranger', { type: 'activated', kind: 'fire', zones: ['*'] }, 'emergency');
    assert.match(await journal(), new RegExp(`"n-${sent}"`), 'an alarm is never refused here');
    const [letter] = (await letters()).letters;
    assert.equal(letter?.topic, 'hall/h1/stranger/ticket');
    const counts = await conservation(gateway);
    assert.equal(counts.received, sent);
    assert.equal(counts.received, counts.journaled + counts.rejected);
    // With room again the letters can be replayed, and strangers are heard.
    disk.free();
    await untilTrue(async () => {
      await publish('stranger', issue);
      return !(await lastIsRefused());
    }, 'a stranger is heard again');
    const replay = `${gateway.url}/api/v1/dead-letters/${letter.id}/replay`;
    const outcome = (await (await fetch(replay, { method: 'POST' })).json()) as object;
    assert.deepEqual(outcome, { id: letter.id, accepted: 1, rejected: 0 });
    // What the gateway writes is for its own user alone.
    for (const name of readdirSync(disk.folder).filter((name) => name !== 'hall.yaml')) {
      assert.equal(statSync(join(disk.folder, name)).mode & 0o077, 0, name);
    }
  } finally {
    await client.endAsync(true);
    await gateway.stop();
    disk.end();
  }
});

async function untilTrue(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + 20_000; !(await condition());) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`);
    // As often as one address may ask for the whole journal.
    await delay(100);
  }
}

async function text({ url }: Gateway, path: string): Promise<string> {
  return (await fetch(url + path)).text();
}

function issued(id: string, ticket: string): string {
  return JSON.stringify({ type: 'issued', id, ticket, queue: 'q1' });
}

interface HealthAnswer {
  readonly parts: Readonly<Record<string, { readonly state: string; readonly detail?: string }>>;
}

async function untilHealth({ url }: Gateway, status: number): Promise<HealthAnswer> {
  for (const deadline = performance.now() + 20_000; ;) {
    const response = await fetch(`${url}/healthz`);
    const answer = (await response.json()) as HealthAnswer;
    if (response.status === status) return answer;
    if (performance.now() > deadline) throw new Error(`healthz: ${JSON.stringify(answer)}`);
  }
}

async function conservation({ url }: Gateway) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const count = (name: string) => metricOf(text, `hallcast_signals_${name}_total`);
  const [received, journaled] = [count('received'), count('journaled')];
  return { received, journaled, duplicate: count('duplicate'), rejected: count('rejected') };
}
