// @ts-check
// Installs the packages of the lock file, only when what is installed is not what the lock file asks for.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { languageMistake, localized } from './language.mjs';

export const root = join(fileURLToPath(import.meta.url), '../../..');

/** What the pages' build runs on: the least minor version by major version; later majors all do. */
const leastMinor = new Map([
  [20, 19],
  [22, 12],
]);

/** Stops with a clear message on a Node that cannot run the house, and where `HALLCAST_LANG` is no language. */
export function checkNode() {
  const mistake = languageMistake();
  if (mistake) stop(mistake.zh, mistake.en);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || minor >= (leastMinor.get(major) ?? Infinity)) return;
  const { node } = process.versions;
  stop(
    `Node：当前是 ${node}，应为 20.19 及以上的 20 版，或 22.12 及以上`,
    `Node: is ${node}, should be 20.19 or newer of 20, or 22.12 or newer`,
  );
}

/** Runs `npm ci` where needed; stops with a message that an offline machine can act on. */
export function install() {
  if (isInstalled()) return;
  say('正在安装软件包（npm ci），只需一次……', 'installing packages (npm ci), once …');
  const npm = spawnSync(
    'npm',
    ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (npm.status === 0) return;
  const end = npm.error?.message ?? npm.status;
  stop(
    `安装：npm ci 的结果是 ${end}，应为 0。` +
      '没有网络时，请从同一系统、已运行过 `npm ci` 的电脑复制 node_modules/。',
    `install: npm ci ended with ${end}, should be 0. ` +
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

/**
 * @param {string} zh
 * @param {string} [en] left out: the same in every language
 */
export function say(zh, en = zh) {
  console.log(`hallcast: ${localized(zh, en)}`);
}

/**
 * @param {string} zh
 * @param {string} [en] left out: the same in every language
 * @returns {never}
 */
export function stop(zh, en = zh) {
  console.error(`hallcast: ${localized(zh, en)}`);
  process.exit(1);
}
