// The guides say what is so, in both languages: hall files that are right, links that lead somewhere. Fields and keys are in the
// reference, which test/gateway/reference.test.ts checks.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openSpans } from '../../hall/calendar.ts';
import { calendarFaults } from '../../hall/fault/calendar.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { SOURCES } from '../../vendors/sources.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const EN = [
  ...['README.md', 'docs/operators-guide.md', 'docs/nothing-lost.md'],
  ...['docs/mapping.md', 'docs/vendors-devices.md', 'docs/reference.md'],
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
}

for (const [language, files] of [
  ['English', EN],
  ['Chinese', ZH],
] as const) {
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
