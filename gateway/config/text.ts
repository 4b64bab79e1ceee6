// Files that people write or name, read whole; or why they cannot be had, in words of what to do.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file, without its byte order mark. Throws an Error that says why not. */
export function readTextFile(file: string): string {
  const bytes = readBytesOf(file);
  try {
    return utf8.decode(bytes);
  } catch (error) {
    // What Windows saves Chinese text as, unless it is told otherwise.
    throw new Error('it is not UTF-8 (GBK?), should be saved as UTF-8', { cause: error });
  }
}

/** Throws an Error that says why not. */
export function readBytesOf(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new Error(`${resolve(file)} is not there`, { cause: error });
    if (code === 'EISDIR') throw new Error('it is a folder, should be a file', { cause: error });
    throw error;
  }
}
