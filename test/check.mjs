// @ts-check
// `npm run check`: format, lint with the import rule, types. All of them run, two at a time, and each failure is shown.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { denoPath, install, root, say } from '../gateway/start/install.mjs';

install();

/** @param {string} name */
const program = (name) => join(root, 'node_modules/.bin', name);

// The longest first, so that the last ones fill the gap.
const checks = [
  { name: 'lint and import rule', command: [program('eslint'), '.'] },
  { name: 'format', command: [program('prettier'), '--check', '.', '--log-level', 'warn'] },
  {
    name: 'types of the gateway',
    command: [denoPath(), 'check', '--quiet', 'gateway', 'vendors', 'demo', 'test'],
  },
  {
    name: 'types of the pages',
    command: [program('svelte-check'), '--threshold', 'warning', '--fail-on-warnings'],
  },
  { name: 'types of what runs on Node', command: [program('tsc'), '-p', 'test'] },
];

const atOnce = 2;
const waiting = [...checks];
/** @type {string[]} */
const failed = [];

await Promise.all(Array.from({ length: atOnce }, takeNext));
if (failed.length > 0) say(`check failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** @returns {Promise<void>} */
async function takeNext() {
  const check = waiting.shift();
  if (!check) return;
  const began = Date.now();
  const { status, output } = await result(check.command);
  say(
    `${status === 0 ? 'ok' : 'FAILED'} ${check.name} (${((Date.now() - began) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) {
    failed.push(check.name);
    console.log(output);
  }
  return takeNext();
}

/**
 * @param {string[]} command
 * @returns {Promise<{ status: number | null, output: string }>} what it printed, kept together
 */
function result([file = '', ...words]) {
  return new Promise((resolve) => {
    const child = spawn(file, words, { cwd: root });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', (error) => resolve({ status: null, output: error.message }));
    child.on('close', (status) => resolve({ status, output }));
  });
}
