// The journal's disk is full: devices are not acknowledged, screens go on with what they have, one clear fault, and it
// goes on by itself when there is room. On a small disk that is really full, with the gateway as it ships. SPEC §3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
