// @ts-check
// One start per data folder: a second one would remove or mix what the first one is writing.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localized } from './language.mjs';

/**
 * One start at a time on this folder. What a crashed one left behind does not count.
 * @param {string} data folder
 * @returns {() => void} gives the folder free
 * @throws when another start runs on it
 */
export function takeLock(data) {
  const file = join(data, 'start.pid');
  const other = read(file);
  if (other !== undefined && other !== process.pid && isStart(other)) {
    throw new Error(
      localized(
        `启动：进程 ${other} 已在使用 ${data}：请先停止它，或用 --data DIR 另选目录`,
        `start: process ${other} already runs on ${data}: stop it, or give another folder with --data DIR`,
      ),
    );
  }
  writeFileSync(file, `${process.pid}\n`);
  return () => rmSync(file, { force: true });
}

/** @param {string} file */
function read(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * True when the process lives and, where the system tells (Linux), is a start of this product: numbers are used again.
 * @param {number} pid
 */
function isStart(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start.mjs');
  } catch {
    return process.platform !== 'linux';
  }
}
