// The guides say what is so, in both languages: hall files that are right, every field of every signal, every key of the hall
// file, links that lead somewhere.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openSpans } from '../../hall/calendar.ts';
import { calendarFaults } from '../../hall/fault/calendar.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { hallFile } from '../../hall/config/schema.ts';
import { SCHEMAS } from '../../hall/signal.ts';
import { SOURCES } from '../../vendors/sources.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const EN = [
  ...['README.md', 'docs/operators-guide.md', 'docs/nothing-lost.md'],
  ...['docs/mapping.md', 'docs/vendors-devices.md'],
];
const ZH = EN.map((file) => file.replace('.md', '.zh-CN.md'));
const GUIDES = ['docs/operators-guide.md', 'docs/operators-guide.zh-CN.md'];

const HALL = `
hall: { id: h1, name: 厅 }
zones: [{ id: z1, name: 区 }]
windows: [{ id: w1, zone: z1 }, { id: w3, zone: z1 }]
`;

function configOf(yaml: string, file: string): HallConfig {
  const parsed = parseHall(HALL + yaml, file, SOURCES);
  assert.ok(parsed.ok, `${file}: ${JSON.stringify(parsed)}\n${yaml}`);
  return parsed.config;
}

for (const file of GUIDES) {
  test(`${file}: its pieces of a hall file are right, and its holidays are a whole year’s`, () => {
    const text = read(file);
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
    const inline = [...text.matchAll(/`(devices: \[.*?\])`/g)].map(([, yaml = '']) => `${yaml}\n`);
    assert.ok(blocks.length >= 2 && inline.length === 1);
    for (const yaml of [...blocks, ...inline]) configOf(yaml, file);
    const config = configOf(blocks.find((yaml) => yaml.startsWith('hours:')) ?? '', file);
    assert.deepEqual(openSpans(config, '2027-02-11'), []);
    assert.equal(openSpans(config, '2027-02-20').length, 2);
    assert.equal(openSpans(config, '2026-12-31').length, 1);
    assert.deepEqual(calendarFaults(config, Date.parse('2027-06-01T00:00:00Z')), []);
  });

  test(`${file}: its table has every field of every signal, and no other`, () => {
    const section = /^### (?:What devices send|设备上报的内容)\n([\s\S]*?)^### /m.exec(read(file));
    const rows = (section?.[1] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1)
          .map((cell) => cell.trim()),
      );
    const told = new Map<string, string[]>();
    let stream = '';
    for (const [first = '', types = '', fields = ''] of rows) {
      stream = /^`(\w+)`$/.exec(first)?.[1] ?? (first === '' ? stream : '');
      if (!Object.hasOwn(SCHEMAS, stream)) continue;
      // What stands in brackets are a field's values.
      const names = [...fields.replace(/[（(].*?[）)]/g, '').matchAll(/(\*?)`(\w+)`/g)];
      for (const [, type = ''] of types.matchAll(/`(\w+)`/g)) {
        const found = names.map(([, mark = '', name = '']) => (mark ? `${name}?` : name));
        told.set(`${stream} ${type}`, found.sort());
      }
    }
    const there = new Map<string, string[]>();
    const always = ['type', 'id', 'at', 'seq'];
    for (const [name, types] of Object.entries(SCHEMAS)) {
      for (const [type, { entries }] of Object.entries(types)) {
        const fields = Object.entries(entries as Record<string, { readonly type: string }>)
          .filter(([field]) => !always.includes(field))
          .map(([field, schema]) => (schema.type === 'optional' ? `${field}?` : field));
        there.set(`${name} ${type}`, fields.sort());
      }
    }
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(there));
  });
}

interface Schema {
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly pipe?: readonly Schema[];
}

/** Every key of the hall file, without the group that it is in. */
function keysOf(schema: Schema): string[] {
  const inner = schema.wrapped ?? schema.item ?? schema.pipe?.[0];
  if (inner !== undefined && inner !== schema) return keysOf(inner);
  return Object.entries(schema.entries ?? {}).flatMap(([key, each]) => [key, ...keysOf(each)]);
}

for (const [language, files] of [
  ['English', EN],
  ['Chinese', ZH],
] as const) {
  test(`every key of the hall file is described in ${language}`, () => {
    const text = files.map(read).join('\n');
    const keys = [...new Set(keysOf(hallFile(SOURCES.schema) as unknown as Schema))];
    assert.ok(keys.length > 100);
    const missing = keys.filter((key) => !new RegExp(`(?<![\\w-])${key}(?![\\w-])`).test(text));
    assert.deepEqual(missing, []);
  });

  test(`links between the ${language} texts lead somewhere`, () => {
    for (const file of files) {
      for (const [, target = '', anchor] of read(file).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
        const url = target === '' ? new URL(file, ROOT) : new URL(target, new URL(file, ROOT));
        assert.ok(existsSync(url), `${file}: ${target}`);
        if (anchor !== undefined)
          assert.ok(anchorsOf(url).has(anchor), `${file}: ${target}#${anchor}`);
      }
    }
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(url: URL): Set<string> {
  const headings = readFileSync(url, 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('the service of both guides is one, but for its comments', () => {
  const unit = (file: string) =>
    (/```ini\n([\s\S]*?)```/.exec(read(file))?.[1] ?? '').replace(/^#.*\n/gm, '');
  const [en = '', zh = ''] = GUIDES.map(unit);
  assert.equal(zh, en);
  assert.match(en, /^StateDirectoryMode=0700$/m);
});
