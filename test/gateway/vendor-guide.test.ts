// The hall file in the guide to vendors' devices does what the guide says, in both languages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createSources } from '../../gateway/sources.ts';
import { parseHall } from '../../hall/config.ts';
import type { Outgoing } from '../../vendors/reader.ts';
import { SOURCES } from '../../vendors/sources.ts';
import { birth, encode } from '../vendors/reader/sparkplug-node.ts';
import { bytesOf } from '../vendors/reader/talk.ts';
import { HALL } from './open.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0, 0);
const IEEE = '0x00158d0001a2b3c4';

for (const name of ['vendors-devices.md', 'vendors-devices.zh-CN.md']) {
  Deno.test(`${name}: its hall file is one, and each example becomes its signal`, () => {
    const guide = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    const yaml = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
    const parsed = parseHall(HALL + yaml, name, SOURCES);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { config } = parsed;
    const published: Outgoing[] = [];
    const sources = createSources({
      config: () => config,
      hall: () => undefined,
      isIgnored: () => false,
      publish: (outgoing) => published.push(outgoing),
    });
    const hear = (topic: string, payload: unknown) => {
      const { accepted, rejected } = sources.decode(topic, bytesOf(payload), NOW, false);
      assert.deepEqual(rejected, [], topic);
      return accepted
        .filter(({ stream }) => stream !== 'device')
        .map(({ signal }): Record<string, unknown> => ({ ...signal }));
    };
    hear('zigbee2mqtt/bridge/devices', [{ ieee_address: IEEE, friendly_name: 'smile' }]);
    const pressed = { action: '3_single', last_seen: '2026-11-20T10:00:00+08:00' };
    const [smile] = hear('zigbee2mqtt/smile', pressed);
    assert.deepEqual([smile?.['level'], smile?.['at']], [1, NOW]);
    assert.equal(
      hear('zigbee2mqtt/smile', pressed)[0]?.['id'],
      smile?.['id'],
      'once, however often it comes',
    );
    assert.deepEqual(hear('zigbee2mqtt/smile', { battery: 80 }), []);

    const button = 'shellyplusi4-a8032ab13004';
    const event = { component: 'input:0', id: 0, event: 'long_push', ts: NOW / 1000 };
    const params = { ts: NOW / 1000, events: [event] };
    const [alarm] = hear(`${button}/events/rpc`, { src: button, method: 'NotifyEvent', params });
    assert.deepEqual([alarm?.['type'], alarm?.['zones']], ['activated', ['z1']]);
    hear(`${button}/online`, 'true');
    assert.deepEqual(
      published.map(({ topic }) => topic),
      [`${button}/rpc`],
    );

    const nodes = { people: { properties: { present: { datatype: 'integer' } } } };
    hear('homie/5/seats-1/$description', { homie: '5.0', version: 1, nodes });
    const [seats] = hear('homie/5/seats-1/people/present', '42');
    assert.equal(seats?.['present'], 42);

    hear('spBv1.0/hall/NBIRTH/io1', birth(0));
    const metrics = [
      { name: 'People/In', value: 4 },
      { name: 'People/Out', value: 1 },
    ];
    const [flow] = hear(
      'spBv1.0/hall/DBIRTH/io1/gate',
      encode({ seq: 1, timestamp: NOW, metrics }),
    );
    assert.deepEqual([flow?.['in'], flow?.['out'], flow?.['at']], [4, 1, NOW]);

    hear('homeassistant/sensor/radar-1/target_count/config', {
      stat_t: 'radar-1/sensor/target_count/state',
      dev: { ids: 'a0b765f1c2d4' },
    });
    const [count] = hear('radar-1/sensor/target_count/state', '7');
    assert.equal(count?.['present'], 7);
  });
}
