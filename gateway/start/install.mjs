// @ts-check
// Installs the packages of the lock file, only when what is installed is not what the lock file asks for.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(fileURLToPath(import.meta.url), '../../..');

/** What the pages' build runs on: the least minor version by major version; later majors all do. */
const leastMinor = new Map([
  [20, 19],
  [22, 12],
]);

/** Stops with a clear message on a Node that cannot run the house. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || minor >= (leastMinor.get(major) ?? Infinity)) return;
  stop(`Node: is ${process.versions.node}, should be 20.19 or newer of 20, or 22.12 or newer`);
}

/** Runs `npm ci` where needed; stops with a message that an offline machine can act on. */
export function install() {
  if (isInstalled()) return;
  say('installing packages (npm ci), once …');
  const npm = spawnSync(
    'npm',
    ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (npm.status === 0) return;
  stop(
    `install: npm ci ended with ${npm.error?.message ?? npm.status}, should be 0. ` +
      'Without a network, copy node_modules/ from a machine of the same system where `npm ci` was run.',
  );
}

/** The Deno program of the installed packages; unpacked by its own package where install scripts are off. */
export function denoPath() {
  /** @type {{ runInstall(): string }} */
  const deno = createRequire(join(root, 'package.json'))('deno/install_api.cjs');
  return deno.runInstall();
}

/** True when node_modules/ holds every package of the lock file in its version (npm's own record is written last). */
function isInstalled() {
  try {
    const wanted = packagesOf('package-lock.json');
    const present = packagesOf('node_modules/.package-lock.json');
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || present[path]?.version === version || (optional === true && !present[path]),
    );
  } catch {
    return false;
  }
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;
}

/** @param {string} line */
export function say(line) {
  console.log(`hallcast: ${line}`);
}

/**
 * @param {string} line
 * @returns {never}
 */
export function stop(line) {
  console.error(`hallcast: ${line}`);
  process.exit(1);
}
