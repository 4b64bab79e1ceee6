// Files that people write or name, read whole; or why they cannot be had, in words of what to do.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { localized } from '../start/language.mjs';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file, without its byte order mark. Throws an Error that says why not. */
export function readTextFile(file: string): string {
  const bytes = readBytesOf(file);
  try {
    return utf8.decode(bytes);
  } catch (error) {
    // What Windows saves Chinese text as, unless it is told otherwise.
    const text = localized(
      '文件不是 UTF-8 编码（可能是 GBK），应另存为 UTF-8',
      'it is not UTF-8 (GBK?), should be saved as UTF-8',
    );
    throw new Error(text, { cause: error });
  }
}

/** Throws an Error that says why not. */
export function readBytesOf(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const text =
      code === 'ENOENT'
        ? localized(`${resolve(file)} 不存在`, `${resolve(file)} is not there`)
        : code === 'EISDIR'
          ? localized('是文件夹，应为文件', 'it is a folder, should be a file')
          : undefined;
    throw text === undefined ? error : new Error(text, { cause: error });
  }
}
