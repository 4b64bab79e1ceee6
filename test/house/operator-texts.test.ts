// An error of the gateway can reach the log, /healthz or a fault, so its text is in both languages. SPEC 17.18.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname ?? '.', '../..');

/** Answers of HTTP and of MQTT, which programs read, and mistakes of the program itself. */
const FOR_PROGRAMS: ReadonlySet<string> = new Set([
  ...['ProblemError', 'FactQuestionError', 'HistoryQueryError', 'FrameError', 'LimitExceeded'],
  ...['TypeError', 'RangeError', 'DOMException'],
]);
/** What only a mistake of the program brings about, and what a caller answers over HTTP. */
const MISTAKES =
  / before open$|^write: the file is not open$|^no such packet$|ready-made source$|^body: no piece|^id .* is not at seq|^will: the gateway stops$/;

test('17.18 no error of the gateway has a text in English alone', () => {
  const found: string[] = [];
  // The reference is made by developers.
  for (const file of filesOf('gateway').filter((name) => !name.startsWith('gateway/reference/'))) {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(root, file), 'utf8'),
      ts.ScriptTarget.ESNext,
      true,
    );
    const look = (node: ts.Node): void => {
      const text = ts.isNewExpression(node) ? textOfError(node, source) : undefined;
      if (text !== undefined && !MISTAKES.test(text)) found.push(`${file}: ${text}`);
      ts.forEachChild(node, look);
    };
    look(source);
  }
  assert.deepEqual(found, []);
});

test('17.18 no script that an operator runs prints in English alone', () => {
  const found: string[] = [];
  // `npm run reference` is for developers.
  for (const file of filesOf('gateway/start').filter((name) => !name.endsWith('reference.mjs'))) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [line] of text.matchAll(/console\.\w+\((?:`|')[^\n]*/g)) {
      if (!line.includes('localized(')) found.push(`${file}: ${line}`);
    }
  }
  assert.deepEqual(found, []);
});

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?[jt]s$/.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/** The text where an error is made with one that is written there, and has words. */
function textOfError(node: ts.NewExpression, source: ts.SourceFile): string | undefined {
  const name = node.expression.getText(source);
  const [text] = node.arguments ?? [];
  if (text === undefined || FOR_PROGRAMS.has(name)) return undefined;
  if (
    !/Error$|Trouble$|Gone$|Closed$|Full$|Mismatch$|Answer$|Leading$|Genuine$|Refused$/.test(name)
  )
    return undefined;
  if (!ts.isStringLiteralLike(text) && !ts.isTemplateExpression(text)) return undefined;
  const written = text.getText(source).slice(1, -1);
  return /[a-z]{2,} [a-z]{2,}/i.test(written.replace(/\$\{[^}]*\}/g, '')) ? written : undefined;
}
