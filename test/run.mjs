// @ts-check
// `npm test`: everything that the tests need, then every test; the last line is `N passed, N failed`. A test that was
// skipped fails the run, and so does a run without tests. `npm test -- NAME …` runs the files whose path has a NAME.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkNode, denoPath, install, root } from '../gateway/start/install.mjs';
import { buildPages } from '../gateway/start/pages.mjs';
import { installSystemPackages } from './system-packages.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} skipped names
 */

checkNode();
install();
installSystemPackages();

// Tests compare English texts, whatever the machine's language.
process.env.HALLCAST_LANG = 'en';

const names = process.argv.slice(2);
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file))
  .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
  .sort();
const browserFiles = files.filter((file) => file.startsWith(join('test', 'e2e')));
const denoFiles = files.filter((file) => !browserFiles.includes(file));
const reports = mkdtempSync(join(tmpdir(), 'hallcast-test-'));

if (names.length === 0 || browserFiles.length > 0) buildPages();
const tallies = [runDeno(denoFiles), runBrowser(browserFiles)];
rmSync(reports, { recursive: true, force: true });

const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
const skipped = tallies.flatMap((tally) => tally.skipped);
if (skipped.length > 0) console.log(`\nskipped, should have run:\n  ${skipped.join('\n  ')}`);
if (passed + failed === 0) console.log(`\nno test ran, of ${files.length} files`);
process.exitCode = failed > 0 || skipped.length > 0 || passed === 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);

/**
 * Pure parts, the gateway, services and simulations.
 * @param {string[]} selected
 * @returns {Tally}
 */
function runDeno(selected) {
  if (selected.length === 0) return { passed: 0, failed: 0, skipped: [] };
  const report = join(reports, 'deno.xml');
  const { status } = spawnSync(
    denoPath(),
    [
      ...[
        'test',
        '--no-prompt',
        '--no-remote',
        '--cached-only',
        '--no-check',
        '--hide-stacktraces',
      ],
      ...['--allow-net=127.0.0.1,localhost', '--allow-read', '--allow-write', '--allow-env'],
      ...['--allow-run', '--allow-sys', `--junit-path=${report}`, ...selected],
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const cases = [...readOr(report, '').matchAll(/<testcase name="(.*?)" [^]*?<\/testcase>/g)];
  // A test with steps stands in the report beside its steps: only the innermost ones count.
  const groups = new Set(cases.flatMap(([, name = '']) => groupsOf(name)));
  const tests = cases.filter(([, name = '']) => !groups.has(name));
  const bad = tests.filter(([xml]) => xml.includes('<failure')).length;
  const skipped = tests.filter(([xml]) => xml.includes('<skipped/>')).map(([, name = '']) => name);
  return tally(tests.length - bad - skipped.length, bad, skipped, status, 'deno test');
}

/**
 * Pages in Chromium.
 * @param {string[]} selected
 * @returns {Tally}
 */
function runBrowser(selected) {
  if (selected.length === 0) return { passed: 0, failed: 0, skipped: [] };
  const report = join(reports, 'browser.json');
  const { status } = spawnSync(
    process.execPath,
    [
      ...[join(root, 'node_modules/@playwright/test/cli.js'), 'test'],
      ...['--config', join(root, 'test/e2e/playwright.config.ts'), '--reporter', 'list,json'],
      ...['--output', join(reports, 'browser'), ...selected],
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    },
  );
  const { stats } = JSON.parse(readOr(report, '{"stats":{}}'));
  const { expected = 0, unexpected = 0, flaky = 0, skipped: count = 0 } = stats;
  const skipped = count > 0 ? [`${count} browser tests, marked - above`] : [];
  return tally(expected, unexpected + flaky, skipped, status, 'playwright test');
}

/**
 * A runner that failed without a failed test (a file that does not load, a crash) is a failure too.
 * @param {number} passed
 * @param {number} failed
 * @param {string[]} skipped
 * @param {number | null} status
 * @param {string} runner
 * @returns {Tally}
 */
function tally(passed, failed, skipped, status, runner) {
  if (status === 0 || failed > 0) return { passed, failed, skipped };
  console.log(`\n${runner}: ended with ${status}, should be 0`);
  return { passed, failed: 1, skipped };
}

/** @param {string} name of a test: `group &gt; group &gt; test` */
function groupsOf(name) {
  const parts = name.split(' &gt; ');
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join(' &gt; '));
}

/**
 * @param {string} file
 * @param {string} fallback
 */
function readOr(file, fallback) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
