// @ts-check
// `npm run bench`: everything that the benches need, then one after the other, each printing its block, and a table at the
// end. A missed aim is told and is no failure; a bench that cannot run is one. `npm run bench -- NAME …` runs those whose
// file name has a NAME.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkNode, denoPath, install, root, stop } from '../../gateway/start/install.mjs';
import { buildPages } from '../../gateway/start/pages.mjs';
import { installSystemPackages } from '../system-packages.mjs';

/** @typedef {{ bench: string, name: string, shown: string, remark: string }} Line */

// Programs that benches start.
const helpers = ['mqtt-load.ts', 'bare-aedes.ts', 'bare-subscriber.ts', 'bare-writer.ts'];

checkNode();
install();
installSystemPackages();
buildPages();

const names = process.argv.slice(2);
const benches = readdirSync(join(root, 'test/bench'))
  .filter((file) => file.endsWith('.ts') && !helpers.includes(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => names.length === 0 || names.some((part) => name.includes(part)))
  .sort();
if (benches.length === 0) stop(`bench: none is named ${names.join(' or ')}`);

const reports = mkdtempSync(join(tmpdir(), 'hallcast-bench-'));
/** @type {Line[]} */
const table = [];
/** @type {string[]} */
const failed = [];
/** @type {import('node:child_process').ChildProcess | undefined} */
let running;
for (const signal of ['SIGINT', 'SIGTERM']) {
  // The bench tidies up what it started; then this ends with it.
  process.on(signal, () => {
    benches.length = 0;
    running?.kill('SIGTERM');
  });
}

console.log(`on ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)} before\n`);
for (let name = benches.shift(); name !== undefined; name = benches.shift()) {
  const report = join(reports, `${name}.jsonl`);
  const { code, last } = await run(name, report);
  const lines = readLines(report);
  table.push(...lines);
  if (code !== 0) failed.push(name);
  else if (lines.length === 0) table.push({ bench: name, name: '', shown: '', remark: last });
  console.log('');
}
rmSync(reports, { recursive: true, force: true });
printTable();
if (failed.length > 0) console.log(`\ncould not measure: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/**
 * @param {string} name
 * @param {string} report file for the lines of its table
 * @returns {Promise<{ code: number | null, last: string }>} exit code, last line that it printed
 */
function run(name, report) {
  return new Promise((resolve) => {
    console.log(`— ${name}`);
    const child = spawn(
      denoPath(),
      [
        ...['run', '--quiet', '--allow-all', '--no-prompt', '--no-remote', '--cached-only'],
        ...['--no-lock', `--config=${join(root, 'deno.json')}`, join('test/bench', `${name}.ts`)],
      ],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
        // Out of reach of this terminal's Ctrl-C, so that it tidies up in its own order.
        detached: true,
        env: { ...process.env, HALLCAST_BENCH_TABLE: report },
      },
    );
    running = child;
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      printed = `${printed}${text}`.slice(-10_000);
    });
    child.once('error', (error) => resolve({ code: null, last: error.message }));
    child.once('close', (code) => resolve({ code, last: printed.trim().split('\n').at(-1) ?? '' }));
  });
}

/**
 * @param {string} report
 * @returns {Line[]}
 */
function readLines(report) {
  try {
    const lines = readFileSync(report, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

function printTable() {
  /** @param {(line: Line) => string} of */
  const width = (of) => Math.max(0, ...table.map((line) => of(line).length));
  const widths = [width(({ bench }) => bench), width(({ name }) => name)];
  const shownWidth = width(({ shown }) => shown);
  for (const { bench, name, shown, remark } of table) {
    const [first = 0, second = 0] = widths;
    const figure = name === '' ? '' : `${name.padEnd(second)}  ${shown.padStart(shownWidth)}  `;
    console.log(`${bench.padEnd(first)}  ${figure}${remark}`.trimEnd());
  }
}
