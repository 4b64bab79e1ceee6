// Makes the data folders of this folder anew, with the gateway of an old checkout and at the times of a week that is over:
//   deno run -A --config=deno.json test/gateway/upgrade/record.ts OLD_CHECKOUT
// README.md has what they hold.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Gateway } from '../../services/gateway.ts';
import { morning, type Said } from './story.ts';

type Start = (options: object) => Promise<Gateway>;

const HERE = new URL('.', import.meta.url).pathname;
const HALL = readFileSync(`${HERE}hall.yaml`, 'utf8');
const MINUTE = 60_000;
/** So many times as fast as real: a morning takes less than a minute, a message's way a second. */
const PACE = 240;
/** 08:30 of the first day, a Monday. */
const OPEN = Date.UTC(2026, 10, 9, 0, 30);
const open = (day: number): number => OPEN + day * 1_440 * MINUTE;
const FROM = open(-28) - 510 * MINUTE;
const GAUGES = {
  'device/temp_c': 'device',
  'device/paper_pct': 'device',
  'device/battery_pct': 'device',
  'occupancy/present': 'zone',
  'network/loss_pct': 'zone',
  'network/rtt_ms': 'zone',
};

const [old = ''] = Deno.args;
const { startGateway } = (await import(`${old}/test/services/gateway.ts`)) as {
  startGateway: Start;
};
const data = mkdtempSync('/tmp/hallcast-upgrade-');
const days: Record<string, unknown>[] = [];

/** Starts the old gateway at a minute of a day. */
async function run(day: number, minute: number, work: (hall: Run) => Promise<void>): Promise<void> {
  const at = open(day) + (minute - 510) * MINUTE;
  const real = Date.now() + 1_500;
  const origin = Math.round((real * PACE - at) / (PACE - 1));
  const now = () => Math.round(origin + (Date.now() - origin) * PACE);
  const gateway = await startGateway({
    ...{ hall: HALL, data, flags: ['--pace', String(PACE)] },
    env: { HALLCAST_CLOCK_ORIGIN: String(origin) },
  });
  const hall = new Run(gateway, now);
  await work(hall);
  await hall.leave();
  await gateway.stop();
  console.log(day, minute, new Date(now()).toISOString());
}

class Run {
  readonly gateway: Gateway;
  readonly now: () => number;
  readonly #devices = new Map<string, MqttClient>();

  constructor(gateway: Gateway, now: () => number) {
    this.gateway = gateway;
    this.now = now;
  }

  async until(at: number): Promise<void> {
    const ms = (at - this.now()) / PACE;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async play(said: readonly Said[]): Promise<void> {
    for (const { at, device, stream, signal } of said) {
      await this.until(at);
      await this.publish(device, `hall/h1/${device}/${stream}`, signal);
    }
  }

  async publish(device: string, topic: string, payload: unknown): Promise<void> {
    let client = this.#devices.get(device);
    if (client === undefined) {
      client = await connectAsync(`mqtt://127.0.0.1:${this.gateway.mqtt}`, { clientId: device });
      this.#devices.set(device, client);
    }
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    await client.publishAsync(topic, text, { qos: 1 });
  }

  async ask(path: string): Promise<Record<string, unknown>> {
    for (;;) {
      const response = await fetch(this.gateway.url + path);
      if (response.ok) return (await response.json()) as Record<string, unknown>;
      const problem = await response.text();
      if (response.status !== 429) throw new Error(problem);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async post(path: string, query: Record<string, string>): Promise<void> {
    const url = `${this.gateway.url}/api/v1/discovered/${path}?${new URLSearchParams(query)}`;
    const response = await fetch(url, { method: 'POST' });
    if (!response.ok) throw new Error(await response.text());
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.gateway.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  /** Waits until every point is written and every hour is gathered but the newest ones, which wait for later ones. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 160; turn++) {
      const left = ['hallcast_history_pending', 'hallcast_history_rollups_due'];
      const [pending, due] = await Promise.all(left.map((name) => this.metric(name)));
      if (pending === 0 && due === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** The figures of the day as the live page has them. */
  async figures(): Promise<Record<string, unknown>> {
    const { data: view = {} } = await this.ask('/api/v1/state?view=live');
    const { figures, windows, queues } = view as Record<string, unknown>;
    return { figures, windows, queues };
  }

  async everything(): Promise<Record<string, unknown>> {
    while ((await this.metric('hallcast_history_pending')) > 0)
      await this.until(this.now() + 9_000);
    const charts: Record<string, unknown> = {};
    const to = open(5) - 510 * MINUTE;
    const hours = `from=${open(1) - 30 * MINUTE}&to=${open(1) + 210 * MINUTE}&every=1800000`;
    for (const [gauge, tag] of Object.entries(GAUGES)) {
      const [measurement, field] = gauge.split('/');
      const of = `measurement=${measurement}&field=${field}&group_by=${tag}`;
      for (const aggregate of ['mean', 'min', 'max', 'sum', 'count']) {
        const long = `${of}&aggregate=${aggregate}&from=${FROM}&to=${to}&calendar=day`;
        charts[long] = (await this.ask(`/api/v1/history?${long}`))['rows'];
      }
      const short = `${of}&aggregate=mean&${hours}`;
      charts[short] = (await this.ask(`/api/v1/history?${short}`))['rows'];
    }
    const kept = `from=${open(1) - 510 * MINUTE}&to=${to}&calendar=day`;
    for (const of of ['ticket', 'evaluation', 'window', 'device', 'case', 'staff', 'emergency']) {
      const question = `measurement=${of}&group_by=type&${kept}`;
      charts[question] = (await this.ask(`/api/v1/history?${question}`))['rows'];
    }
    const journal = await (await fetch(`${this.gateway.url}/api/v1/journal?limit=100000`)).text();
    return {
      now: this.now(),
      ...{ state: await this.ask('/api/v1/state'), live: await this.figures() },
      board: (await this.ask('/api/v1/state?view=screen:b1'))['data'],
      discovered: await this.ask('/api/v1/discovered'),
      letters: await this.ask('/api/v1/dead-letters'),
      ...{ charts, journal: journal.trim().split('\n') },
    };
  }

  async leave(): Promise<void> {
    for (const device of this.#devices.values()) await device.endAsync(true);
  }
}

/** What people did with what was found. */
async function joinDevices(hall: Run): Promise<void> {
  const listed = (address: string, friendly_name: string) => ({
    ...{ ieee_address: address, friendly_name, type: 'EndDevice', interview_completed: true },
    definition: { model: 'TS0121', vendor: 'TuYa', description: 'plug' },
  });
  const list = [
    listed('0x00158d0000000001', '东门/plug'),
    listed('0x00158d0000000002', 'junk'),
    listed('0x00158d0000000003', 'fan'),
  ];
  await hall.publish('zigbee', 'zigbee2mqtt/bridge/state', { state: 'online' });
  await hall.publish('zigbee', 'zigbee2mqtt/bridge/devices', list);
  for (const { friendly_name } of list) {
    await hall.publish('zigbee', `zigbee2mqtt/${friendly_name}/availability`, { state: 'online' });
    await hall.publish('zigbee', `zigbee2mqtt/${friendly_name}`, { battery: 55, linkquality: 80 });
  }
  const at = hall.now();
  for (const id of ['lamp-7', 'pad-9', 'stray-1']) {
    await hall.publish(id, `hall/h1/${id}/device`, { type: 'state', state: 'online', at });
  }
  const source = 'zigbee2mqtt';
  await hall.post('accept', {
    source,
    address: '0x00158d0000000001',
    id: 'plug-1',
    kind: 'other',
    zone: 'z1',
  });
  await hall.post('ignore', { source, address: '0x00158d0000000002' });
  await hall.post('accept', { source, address: '0x00158d0000000003', id: 'fan-1', kind: 'other' });
  await hall.post('forget', { source, address: '0x00158d0000000003' });
  await hall.publish('zigbee', 'zigbee2mqtt/bridge/devices', list);
  await hall.publish('zigbee', 'zigbee2mqtt/fan/availability', { state: 'online' });
  const fan = {
    source,
    address: '0x00158d0000000003',
    id: 'fan-2',
    name: '一楼风扇',
    kind: 'other',
  };
  await hall.post('accept', { ...fan, zone: 'z1' });
  const contract = { source: 'mqtt', kind: 'evaluator', window: 'w2', name: '二号评价器' };
  await hall.post('accept', { ...contract, address: 'pad-9', id: 'pad-9' });
  await hall.post('accept', { source: 'mqtt', kind: 'other', address: 'lamp-7', id: 'lamp-7' });
  await hall.post('ignore', { source: 'mqtt', address: 'stray-1' });
}

function pack(name: string, expected: object): void {
  const copy = mkdtempSync('/tmp/hallcast-upgrade-copy-');
  cpSync(data, copy, { recursive: true });
  rmSync(`${copy}/hall.yaml`);
  writeFileSync(`${copy}/expected.json`, JSON.stringify(expected));
  const { status } = spawnSync('tar', ['-C', copy, '-cJf', `${HERE}${name}.tar.xz`, '.']);
  if (status !== 0) throw new Error(`tar: ended with ${status}`);
  rmSync(copy, { recursive: true });
}

await run(0, 8 * 60 + 20, async (hall) => {
  await joinDevices(hall);
  await hall.play(morning(0, open(0), 180));
  await hall.until(open(0) + 190 * MINUTE);
  days.push(await hall.figures());
  await hall.settle();
});
// Over midnight.
await run(0, 23 * 60 + 50, (hall) => hall.until(open(0) + 940 * MINUTE));
await run(1, 8 * 60 + 43, async (hall) => {
  await hall.play(morning(1, open(1), 180));
  await hall.until(open(1) + 190 * MINUTE);
  days.push(await hall.figures());
  await hall.settle();
});
const first = morning(2, open(2), 180);
const isEarly = ({ at }: Said) => at < open(2) + 95 * MINUTE;
await run(2, 8 * 60 + 40, async (hall) => {
  await hall.play(first.filter(isEarly));
  const expected = await hall.everything();
  await hall.gateway.kill();
  pack('killed', expected);
});
await run(2, 10 * 60 + 8, async (hall) => {
  await hall.play(first.filter((each) => !isEarly(each)));
  await hall.until(open(2) + 190 * MINUTE);
  days.push(await hall.figures());
  await hall.settle();
});
await run(3, 8 * 60 + 40, async (hall) => {
  await hall.play(morning(3, open(3), 180));
  await hall.until(open(3) + 190 * MINUTE);
  days.push(await hall.figures());
  await hall.settle();
});
await run(4, 8 * 60 + 32, async (hall) => {
  await hall.play(morning(4, open(4) - 12 * MINUTE, 24));
  const expected = await hall.everything();
  await hall.gateway.stop();
  pack('stopped', { ...expected, days });
});
rmSync(data, { recursive: true });
