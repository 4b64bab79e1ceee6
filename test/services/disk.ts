// A small disk for tests, which can be filled to the brim and given room again: a tmpfs, so that the real error comes
// from the real system. Needs the right to mount: root, as on the machines that run the tests.
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no block free, or about so many bytes. */
  fill(leave?: number): void;
  /** Takes away what filled it. */
  free(): void;
  /** Unmounts it; whoever wrote on it should have stopped. */
  end(): void;
}

const CHUNK = 1024 * 1024;
const BLOCK = 4096;

/** Mounts a disk of `bytes`. Throws where this user may not mount. */
export function mountSmallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-disk-'));
  run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder]);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill(leave = 0) {
      for (let size = CHUNK; size >= BLOCK;) {
        const { bavail, bsize } = statfsSync(folder);
        if (leave > 0 && bavail * bsize - size < leave) {
          size /= 2;
          continue;
        }
        try {
          writeFileSync(ballast, new Uint8Array(size), { flag: 'a', mode: 0o600 });
        } catch (error) {
          if (!String(error).includes('ENOSPC')) throw error;
          size /= 2;
        }
      }
    },
    free: () => truncateSync(ballast, 0),
    end() {
      run('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function run(program: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${words.join(' ')}: ended with ${status}: ${stderr}`);
}
