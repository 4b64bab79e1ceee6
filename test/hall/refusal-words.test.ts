// What is said of a message that is refused: where its JSON breaks, which field is missing, which streams there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDecoder } from '../../hall/decode.ts';
import type { Both } from '../../hall/language.ts';
import { jsonPlace } from '../../hall/refusal-words.ts';
import { sampleHall, TEN } from './sample.ts';

const decode = createDecoder(sampleHall());

function detailOf(topic: string, payload: string): Both | undefined {
  return decode(topic, new TextEncoder().encode(payload), TEN).rejected[0]?.detail;
}

test('2.2 a refusal says in plain words what is and what should be', () => {
  const ticket = 'hall/h1/disp-1/ticket';
  const streams = 'ticket, window, evaluation, occupancy, device, staff, case, network, emergency';
  const table: [topic: string, payload: string, detail: string][] = [
    [
      'hall/h1/disp-1/tickets',
      '{}',
      `topic: should be hall/{hall}/{device}/{stream}, stream one of ${streams}`,
    ],
    [
      ticket,
      '{"type":"issued",}',
      'payload: is no JSON (line 1, column 18, at "}"), should be a JSON object or an array of them',
    ],
    [ticket, '7', 'payload: should be a JSON object or an array of them'],
    [ticket, '{"type":"issued","ticket":"A1","queue":"q1"}', 'id: is missing, should be given'],
    [ticket, '{"type":"called","id":"1","ticket":"A1"}', 'window: is missing, should be given'],
    [ticket, '{"type":"issued","id":5,"ticket":"A1","queue":"q1"}', 'id: is 5, should be text'],
    [
      ticket,
      '{"type":"issued","id":"1","ticket":"A 1","queue":"q1"}',
      'ticket: is "A 1", should be 1–32 letters, digits or -',
    ],
    [
      'hall/h1/pad-1/evaluation',
      '{"type":"submitted","id":"1","window":"w1","level":7}',
      'level: is 7, should be 5 or 4 or 3 or 2 or 1',
    ],
    [
      'hall/h1/c-1/device',
      '{"type":"state","state":"ok"}',
      'state: is "ok", should be "online" or "degraded" or "offline" or "fault" or "maintenance"',
    ],
  ];
  const command = detailOf('hall/h1/command/window', '{}')?.en;
  assert.equal(command, 'device: "command" is the name under which people act, should be another');
  for (const [topic, payload, detail] of table) {
    assert.equal(detailOf(topic, payload)?.en, detail);
  }
});

test('2.2 a refusal says the same in Chinese', () => {
  const ticket = 'hall/h1/disp-1/ticket';
  const table: [topic: string, payload: string, detail: string][] = [
    [
      ticket,
      '{"type":"issued",}',
      'payload：不是 JSON（第 1 行第 18 列，"}" 处），应为 JSON 对象或对象数组',
    ],
    [ticket, '{"type":"issued","ticket":"A1","queue":"q1"}', 'id：缺少，必须填写'],
    [ticket, '{"type":"issued","id":5,"ticket":"A1","queue":"q1"}', 'id：是 5，应为文本'],
    [
      ticket,
      '{"type":"issued","id":"1","ticket":"A 1","queue":"q1"}',
      'ticket：是 "A 1"，应为 1–32 个字母、数字或 -',
    ],
    [ticket, '{"type":"issued","id":"1","ticket":"A1","queue":"qy"}', 'queue："qy" 不在大厅文件中'],
    [
      'hall/h1/pad-1/evaluation',
      '{"type":"submitted","id":"1","window":"w1","level":7}',
      'level：是 7，应为 5 或 4 或 3 或 2 或 1',
    ],
  ];
  for (const [topic, payload, detail] of table) {
    assert.equal(detailOf(topic, payload)?.zh, detail);
  }
});

test('the place where JSON breaks', () => {
  const table: [text: string, place: string][] = [
    ['{"a":\n  1 2}', 'line 2, column 5, at "2"'],
    ['{"x":nan}', 'line 1, column 6, at "n"'],
    ["{'a':1}", 'line 1, column 2, at "\'"'],
    ['{"a":1}x', 'line 1, column 8, at "x"'],
    ['[1,2}', 'line 1, column 5, at "}"'],
    ['{"a":"中\t"}', 'line 1, column 6, at "\\""'],
    ['', 'the text ends before it is whole'],
    ['{"a": [1', 'the text ends before it is whole'],
    ['[01]', 'line 1, column 3, at "1"'],
    [`[${'1,'.repeat(9_000)}x]`, 'after the first 3796 characters'],
  ];
  for (const [text, place] of table) assert.equal(jsonPlace(text).en, place, text.slice(0, 40));
});

test('what is JSON has no such place, and what is changed in it has one no earlier than the change', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (text, at) => {
      assert.equal(jsonPlace(text).en, 'the text ends before it is whole');
      const cut = at % (text.length + 1);
      const broken = `${text.slice(0, cut)}\u0001${text.slice(cut)}`;
      assert.throws(() => JSON.parse(broken) as unknown);
      const place = jsonPlace(broken).en;
      assert.match(place, /^line \d+, column \d+, at|^the text ends|^after/);
    }),
    { numRuns: 500 },
  );
});
