// The log takes whatever strangers say: in time that grows with its length alone, without secrets, and without a sign
// that a terminal obeys.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { createLog, type Fields } from '../../gateway/log.ts';
import { cleanText } from '../../gateway/log/text.ts';
import { readTemplate } from '../../vendors/reader/discovery-config.ts';
import { valueOf } from '../../vendors/reader/homie-values.ts';

const MIB = 1024 * 1024;

function lineOf(json: boolean, message: string, fields?: Fields): string {
  const lines: string[] = [];
  createLog({ level: 'info', json, write: (line) => void lines.push(line) }).info(message, fields);
  equal(lines.length, 1);
  return lines[0] ?? '';
}

/** Each makes an expression with overlapping repetitions look at the rest of the text again from every sign on. */
const HOSTILE = [
  'a.',
  '://',
  'a://',
  'a://b',
  '\n',
  ' \n ',
  ' ',
  '@',
  'a@',
  '"',
  '\u0001',
  '\u202e',
  '\\',
];

Deno.test('1 MiB of anything is one line of bounded length, at once', () => {
  for (const sign of HOSTILE) {
    const text = sign.repeat(MIB / sign.length);
    for (const json of [true, false]) {
      for (const line of [
        lineOf(json, text),
        lineOf(json, 'short', { topic: text, list: [text], deep: { text } }),
        lineOf(json, text, { error: new TypeError(text) }),
      ]) {
        ok(line.length <= 8_001, `${JSON.stringify(sign)}: ${line.length}`);
        equal(line.indexOf('\n'), line.length - 1);
        if (json) ok((JSON.parse(line) as { message: string }).message.length > 0);
      }
    }
  }
});

Deno.test('expressions over what devices say take time in proportion to it', () => {
  // Of the versions with \d+\.?\d* and \s*…\s* the first one takes a minute, and the second one tenths of a second each.
  equal(valueOf(`${'1'.repeat(200_000)}x`, { datatype: 'float', words: undefined }), undefined);
  equal(valueOf('-12.', { datatype: 'float', words: undefined }), -12);
  equal(valueOf('.5e1', { datatype: 'float', words: undefined }), 5);
  for (let count = 0; count < 2_000; count++) equal(readTemplate(`{{${' '.repeat(297)}x`), 'other');
  for (const template of [
    '{{ value_json.a }}',
    ' {{value_json.a|is_defined}} ',
    '{{- value_json.a -}}',
  ]) {
    equal(readTemplate(template), ['a'], template);
  }
  equal(readTemplate('{{ value }}'), undefined);
  equal(readTemplate('{{ value_json.a | round(1) }}'), 'other');
  equal(readTemplate('{{ value_json.a | is_defined | int }}'), 'other');
});

Deno.test('no credentials are in a line, also where it is cut in the middle of them', () => {
  equal(
    cleanText('to mqtt://me:pass@word@host/x, http://a@b', 100),
    'to mqtt://…@host/x, http://…@b',
  );
  equal(cleanText('see http://host/a@b "x://u:p@h"', 100), 'see http://host/a@b "x://…@h"');
  for (const json of [true, false]) {
    for (let lead = 3_960; lead < 4_010; lead++) {
      const text = `${'x'.repeat(lead)} mqtt://me:sesame-word@host`;
      ok(
        !lineOf(json, text, { text, error: new TypeError(text) }).includes('sesame'),
        String(lead),
      );
    }
  }
});

Deno.test(
  'a terminal gets nothing to obey: control signs and turns of direction are written out',
  () => {
    const signs = [
      '\u001b]0;x\u0007',
      '\r',
      '\u009b',
      '\u202e',
      '\u2066',
      '\u200f',
      '\u2028',
      '\u0000',
    ];
    const text = `hall/h1/${signs.join('')}/ticket`;
    for (const line of [
      lineOf(false, text, { topic: text }),
      lineOf(true, text, { topic: text }),
    ]) {
      ok(
        !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200f\u2028-\u202e\u2066-\u2069]/.test(line),
        line,
      );
    }
    match(lineOf(false, text), /\\x\{1b\}\]0;x\\x\{7\}.*\\x\{202e\}/);
    equal((JSON.parse(lineOf(true, text)) as { message: string }).message, text);
    equal(lineOf(false, 'one \n two', {}).slice(19), 'one ⏎ two\n');
  },
);
