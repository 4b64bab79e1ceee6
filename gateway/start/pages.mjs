// @ts-check
// Builds the pages into dist/, only when a source of theirs changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say, stop } from './install.mjs';

const folders = ['hall', 'screen', 'signage', 'dashboard'];
const files = ['vite.config.ts', 'svelte.config.js', 'tsconfig.json', 'package-lock.json'];
const stamp = join(root, 'dist/.stamp');

/** Runs `vite build` where needed. */
export function buildPages() {
  const sources = hashOfSources();
  if (readOr(stamp, '') === sources) return;
  say('正在生成页面……', 'building the pages …');
  const vite = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: root, stdio: 'inherit' },
  );
  if (vite.status !== 0) {
    stop(
      `生成页面：vite build 的结果是 ${vite.status}，应为 0`,
      `build: vite build ended with ${vite.status}, should be 0`,
    );
  }
  writeFileSync(stamp, sources);
}

/** One hash over names and contents (about 100 small files: milliseconds; times would lie after a checkout). */
function hashOfSources() {
  const hash = createHash('sha256');
  for (const file of [...files, ...folders.flatMap(filesUnder)]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
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
