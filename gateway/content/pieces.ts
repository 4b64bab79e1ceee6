// A file's bytes piece by piece. The file is opened when the first piece is asked for, and closed however the reading ends.
import { open } from 'node:fs/promises';

const PIECE_BYTES = 64 * 1024;

/** The bytes from `from` up to and including `to`; throws where the file cannot be opened or read. */
export async function* piecesOf(
  file: string,
  from = 0,
  to = Infinity,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const handle = await open(file, 'r');
  try {
    for (let at = from; at <= to;) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, to - at + 1));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
