// A class has at most 12 fields: one with more has several subjects, and each is a class of its own.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname ?? '.', '../..');
const FIELDS_MAX = 12;
/** Classes that are larger still. Their numbers may only fall: whoever splits one takes it out or lowers its number. */
const LARGER: Readonly<Record<string, number>> = {
  'gateway/gateway.ts Assembly': 19,
  'gateway/http/frames.ts FrameReader': 16,
  'gateway/http/websocket.ts ServerSocket': 26,
  'gateway/intake/broker.ts EmbeddedBroker': 24,
  'gateway/intake/stream.ts DeviceStream': 16,
  'gateway/journal.ts SqliteJournal': 18,
  'gateway/journal/group.ts GroupCommit': 19,
  'gateway/live.ts Live': 14,
  'gateway/standby/follower.ts Follower': 13,
  // Sums of one group of visits, one field each.
  'hall/figure/past.ts Group': 22,
  'hall/figure/tally.ts Tally': 26,
  'screen/feed.ts LiveFeed': 14,
};

test('no class of the product has more than 12 fields', () => {
  const larger: Record<string, number> = {};
  const folders = ['hall', 'vendors', 'gateway', 'screen', 'signage', 'dashboard', 'demo'];
  for (const file of folders.flatMap(filesOf)) {
    const text = readFileSync(join(root, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
    const look = (node: ts.Node): void => {
      if (ts.isClassLike(node)) {
        const fields = node.members.filter(isField).length;
        if (fields > FIELDS_MAX) larger[`${file} ${node.name?.text ?? ''}`] = fields;
      }
      ts.forEachChild(node, look);
    };
    look(source);
  }
  assert.deepEqual(larger, LARGER);
});

/** A field that keeps something: a function that is made once, and a static field, are none. */
function isField(member: ts.ClassElement): boolean {
  if (!ts.isPropertyDeclaration(member)) return false;
  const { initializer, modifiers } = member;
  if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) return false;
  return (
    initializer === undefined ||
    !(ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
  );
}

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?[jt]s$/.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}
