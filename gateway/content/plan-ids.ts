// The ids of an SVG file, each with its line: what a floor plan can bring to life.
import { SaxesParser } from 'saxes';

/** More ids than any plan needs: the rest is not read. */
const IDS_MAX = 20_000;

/**
 * By id the line of the first element with it, from 1. What stands in `defs` is a part for others, and no place in the hall.
 * @throws where the bytes cannot be read or are not well-formed
 */
export async function planIds(
  bytes: AsyncIterable<Uint8Array>,
): Promise<ReadonlyMap<string, number>> {
  const parser = new SaxesParser();
  const ids = new Map<string, number>();
  let inDefs = 0;
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'defs' || inDefs > 0) inDefs += 1;
    const { id } = attributes;
    if (inDefs > 0 || id === undefined || ids.has(id) || ids.size >= IDS_MAX) return;
    ids.set(id, parser.line);
  });
  parser.on('closetag', () => {
    if (inDefs > 0) inDefs -= 1;
  });
  const decoder = new TextDecoder();
  for await (const piece of bytes) parser.write(decoder.decode(piece, { stream: true }));
  parser.write(decoder.decode()).close();
  return ids;
}
