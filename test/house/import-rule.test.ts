// The import rule of the house and the purity of hall/: a wrong import fails the linter, a right one passes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

// The samples are not on disk, so that rules which need a program's types cannot see them.
const eslint = new ESLint({
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  overrideConfig: ts.configs.disableTypeChecked,
});

/** The rules that `code` breaks if it stands at `path`. */
async function broken(path: string, code: string): Promise<string[]> {
  const script = path.endsWith('.svelte')
    ? `<script lang="ts">\n${code}\n</script>\n`
    : `${code}\n`;
  const [result] = await eslint.lintText(script, { filePath: path });
  assert.ok(result, `${path} is linted`);
  return result.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

const folders = ['hall', 'vendors', 'gateway', 'screen', 'signage', 'dashboard', 'demo', 'test'];
const allowed: Record<string, string[]> = {
  hall: [],
  vendors: ['hall'],
  gateway: ['hall', 'vendors'],
  screen: ['hall'],
  signage: ['screen', 'hall'],
  dashboard: ['screen', 'hall'],
  demo: ['hall'],
  test: folders,
};
const withComponents = ['screen', 'signage', 'dashboard'];

for (const [folder, mayImport] of Object.entries(allowed)) {
  const paths = [`${folder}/sample.ts`, `${folder}/deep/er/sample.ts`];
  if (withComponents.includes(folder)) paths.push(`${folder}/Sample.svelte`);
  for (const path of paths) {
    const up = '../'.repeat(path.split('/').length - 1);
    test(`import rule: ${path} may import ${mayImport.join(', ') || 'nothing of ours'}`, async () => {
      for (const other of folders.filter((name) => name !== folder)) {
        const found = await broken(path, `import '${up}${other}/thing.ts';`);
        if (mayImport.includes(other)) assert.deepEqual(found, []);
        else
          assert.match(
            found.join('\n'),
            new RegExp(`no-restricted-imports: .*${folder}/ may import`),
          );
      }
    });
  }
}

test('import rule: re-exports, dynamic imports, type imports and worker addresses are seen', async () => {
  const wrong = [
    `export { start } from '../gateway/live.ts';`,
    `export * from './../gateway/live.ts';`,
    `export const load = () => import('../gateway/live.ts');`,
    `export type Live = import('../gateway/live.ts').Live;`,
    `export const address = new URL('../gateway/live.ts', import.meta.url);`,
  ];
  for (const code of wrong) {
    for (const path of ['hall/sample.ts', 'signage/sample.ts', 'signage/Sample.svelte']) {
      assert.match(
        (await broken(path, code)).join('\n'),
        /import rule: (hall|signage)\/ may import/,
      );
    }
  }
});

test('import rule: single files that two programs share may be named, and no others beside them', async () => {
  for (const file of ['clock.ts', 'parent.ts']) {
    assert.deepEqual(await broken('demo/sample.ts', `import '../gateway/${file}';`), []);
    assert.equal((await broken('demo/sample.ts', `import '../gateway/x/${file}';`)).length, 1);
  }
  const file = (name: string) =>
    broken('gateway/sample.ts', `export const file = new URL('../demo/${name}', import.meta.url);`);
  assert.deepEqual(await file('hall.yaml'), []);
  assert.equal((await file('day.ts')).length, 1);
});

test('import rule: within a folder everything is open', async () => {
  assert.deepEqual(await broken('gateway/http/sample.ts', `import '../journal.ts';`), []);
  assert.deepEqual(await broken('hall/view/sample.ts', `import '../topic.ts';`), []);
});

test('hall/ and vendors/ are pure: no clock, no randomness, no I/O, no framework', async () => {
  const impure = [
    'export const a = Date.now();',
    'export const a = new Date();',
    'export const a = Date();',
    'export const a = Math.random();',
    'export const a = Deno.args;',
    'export const a = document.title;',
    'export const a = window.name;',
    `export const a = fetch('/api');`,
    'export const a = performance.now();',
    'export const a = setTimeout(() => {}, 1);',
    'export const a = new Intl.DateTimeFormat().format();',
    `import 'node:fs';`,
    `import 'svelte';`,
    `import 'aedes';`,
  ];
  for (const folder of ['hall', 'vendors']) {
    for (const code of impure) {
      assert.equal((await broken(`${folder}/sample.ts`, code)).length, 1, `${folder}: ${code}`);
    }
  }
  const pure = [
    'export const a = new Date(0);',
    `import 'valibot';`,
    'export const a = Math.max(1, 2);',
  ];
  for (const code of pure) assert.deepEqual(await broken('hall/sample.ts', code), [], code);
});

test('pages talk to the gateway only, and D3 draws nothing', async () => {
  for (const name of [
    'node:fs',
    'mqtt',
    'aedes',
    'd3-selection',
    'd3-axis',
    'd3-transition',
    'd3',
  ]) {
    assert.equal((await broken('dashboard/Sample.svelte', `import '${name}';`)).length, 1, name);
  }
  assert.deepEqual(await broken('dashboard/Sample.svelte', `import 'd3-scale';`), []);
});

test('a style that the content security policy refuses is found', async () => {
  const template = async (markup: string) => {
    const [result] = await eslint.lintText(`${markup}\n`, { filePath: 'signage/Sample.svelte' });
    return result?.messages.map(({ message }) => message).join('\n');
  };
  const script = `<script lang="ts">import Bi from '../screen/Bi.svelte';</script>\n`;
  assert.match((await template('<p style="color: red">1</p>')) ?? '', /content security policy/);
  assert.match(
    (await template(`${script}<Bi zh="一" --en-size="1rem" />`)) ?? '',
    /content security policy/,
  );
  assert.equal(await template(`${script}<Bi zh="一" />`), '');
  assert.equal(await template('<p class="red" style:width="1px">1</p>'), '');
});
