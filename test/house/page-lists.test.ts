// Lists and tables of the public pages: keys of lists are ids, never what a hall writes into them, and names that come
// from outside never index a plain object. SPEC 7.14, 7.15.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname ?? '.', '../..');
const files = ['signage', 'screen'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
    join(root, folder, file),
  ),
);

test('7.14 the key of each list is an id or a place', () => {
  const allowed = /^(?:index|dot|key|id|[\w.]+\.(?:id|ticket|kind))$/;
  const bad: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.svelte'))) {
    for (const each of readFileSync(file, 'utf8').split('{#each ').slice(1)) {
      const key = /^(?:[^{}]|\{[^{}]*\})*?\(([^()]*)\)\}/.exec(each)?.[1];
      if (key === undefined || !allowed.test(key)) bad.push(`${file}: ${each.slice(0, 60)}`);
    }
  }
  assert.deepEqual(bad, []);
});

test('7.15 no plain object is asked for a name that is any text', () => {
  const names = files.filter((name) => name.endsWith('.ts'));
  const program = ts.createProgram(names, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const bad: string[] = [];
  const look = (node: ts.Node, source: ts.SourceFile): void => {
    if (ts.isElementAccessExpression(node)) {
      const { flags } = checker.getTypeAtLocation(node.argumentExpression);
      if ((flags & ts.TypeFlags.String) !== 0) {
        const { line } = source.getLineAndCharacterOfPosition(node.pos);
        bad.push(`${source.fileName}:${line + 1}: ${node.getText(source)}`);
      }
    }
    ts.forEachChild(node, (child) => look(child, source));
  };
  for (const name of names) {
    const source = program.getSourceFile(name);
    if (source) look(source, source);
  }
  // The row before, only once `hasOwn` has said that there is one.
  const known = bad.filter((line) => !line.includes('rows.svelte.ts'));
  assert.deepEqual(known, []);
});
