// What the guide shows of `sources:` is a right hall file, and does what they say. SPEC §13.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { createSources } from '../../gateway/sources.ts';
import { SOURCES } from '../../vendors/sources.ts';

const HALL = `
hall: { id: h1, name: 厅 }
zones: [{ id: z1, name: 区 }]
queues: [{ id: q1, name: 社保, zone: z1 }, { id: q2, name: 税务, zone: z1 }]
windows: [{ id: w1, zone: z1, queues: [q1] }]
`;
const NOW = Date.parse('2026-11-22T10:31:00+08:00');

function example(file: string): HallConfig {
  const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  const parsed = parseHall(HALL + yaml, file, SOURCES);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems, null, 1));
  return parsed.config;
}

for (const file of ['mapping.md', 'mapping.zh-CN.md']) {
  test(`${file}: its example maps what it says`, () => {
    const config = example(file);
    const sources = createSources({
      config: () => config,
      hall: () => undefined,
      isIgnored: () => false,
      publish: () => {},
    });
    const say = (topic: string, payload: Uint8Array | object) => {
      const bytes =
        payload instanceof Uint8Array ? payload : new TextEncoder().encode(JSON.stringify(payload));
      const { accepted, rejected } = sources.decode(topic, bytes, NOW, false);
      const told = accepted.map(({ device, signal }) => {
        const { type, ticket, level, state } = signal as unknown as Record<string, unknown>;
        return [device, type, ticket ?? level ?? state].join(' ');
      });
      return [...told, ...rejected.map(({ reason, detail }) => `${reason}: ${detail.en}`)];
    };
    const taken = { evt: 'NEW', no: 'A1', biz: '01', ts: NOW / 1000 };
    assert.deepEqual(say('vendor/east/ticket/1', taken), [
      'disp-1 issued A1',
      'disp-1 state online',
    ]);
    // As the guide shows it.
    assert.deepEqual(say('vendor/east/ticket/1', { ...taken, biz: '07' }), [
      'map:old-dispensers: signals[0].queue: /biz is "07", which its map does not have',
    ]);
    // F0:9E:41|满意|2026-11-22 10:30:00 in GBK
    const ascii = (text: string) => new TextEncoder().encode(text);
    const line = [...ascii('F0:9E:41|'), 0xc2, 0xfa, 0xd2, 0xe2, ...ascii('|2026-11-22 10:30:00')];
    assert.deepEqual(say('pj/1', Uint8Array.from(line)), [
      'pad-3 submitted 4',
      'pad-3 state online',
    ]);
    assert.deepEqual(say('cam/report', { ts: NOW, data: { lines: [{ id: 'x', in: 1 }] } }), []);
    assert.equal(sources.discovered()[0]?.address, 'x');
  });
}
