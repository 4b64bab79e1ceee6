// Writes lines so that one bad line costs itself only: what a server refuses is divided until the bad line is alone.
import { LinesRefused, TooLarge } from './trouble.ts';

export interface Line {
  readonly text: string;
  readonly measurement: string;
  /** the point's place in its batch */
  readonly index: number;
}

export interface Refused {
  readonly line: Line;
  readonly reason: string;
}

/** Words by which a server says that it is about the lines; anything else may be a proxy's, of every request alike. */
const ABOUT_LINES =
  /larger than the server|partial write|unable to parse|parse|field type|conflict|unprocessable|schema|line protocol|timestamp|column|invalid (field|tag|line|point|measurement)/i;
const CONFLICT = /input field "((?:[^"\\]|\\.)*)" on measurement "((?:[^"\\]|\\.)*)"/;

/**
 * Resolves with the lines that the server takes never; all others are in it. Rejects where the whole should be tried
 * again: lines that are in it already are then written once more, which changes nothing.
 */
export async function writeLines(
  lines: readonly Line[],
  send: (body: string) => Promise<void>,
): Promise<readonly Refused[]> {
  if (lines.length === 0) return [];
  const refused: Refused[] = [];
  const taken = await divide(lines, send, refused);
  const [first] = refused;
  if (taken === 0 && first !== undefined && !ABOUT_LINES.test(first.reason)) {
    // Nothing at all got through, for a reason that names no line: more likely the way there is wrong.
    throw new LinesRefused(first.reason);
  }
  return refused;
}

/** Resolves with how many were taken. */
async function divide(
  lines: readonly Line[],
  send: (body: string) => Promise<void>,
  refused: Refused[],
): Promise<number> {
  try {
    await send(lines.map(({ text }) => text).join('\n'));
    return lines.length;
  } catch (error) {
    const known = error instanceof LinesRefused || error instanceof TooLarge;
    if (!known) throw error;
    const dropped = error instanceof LinesRefused ? error.dropped : undefined;
    if (lines.length === 1 || dropped === lines.length) {
      const tooLarge = 'is larger than the server takes';
      const reason = error instanceof TooLarge ? `${tooLarge}: ${error.message}` : error.message;
      for (const line of lines) refused.push({ line, reason });
      return 0;
    }
    const [some, others] = parts(lines, error);
    const taken = await divide(some, send, refused);
    return taken + (await divide(others, send, refused));
  }
}

/** In halves, or what the server names apart from the rest, so that many bad lines of one kind cost one request. */
function parts(lines: readonly Line[], error: Error): [readonly Line[], readonly Line[]] {
  const [, field, measurement] = CONFLICT.exec(error.message) ?? [];
  if (field !== undefined) {
    const named = (line: Line): boolean =>
      line.measurement === measurement && line.text.includes(`${field}=`);
    const some = lines.filter(named);
    if (some.length > 0 && some.length < lines.length) {
      return [lines.filter((line) => !named(line)), some];
    }
  }
  const middle = Math.ceil(lines.length / 2);
  return [lines.slice(0, middle), lines.slice(middle)];
}

/** In requests of at most so many bytes, if a single line is not longer. */
export function ofBytes(lines: readonly Line[], most: number): Line[][] {
  const requests: Line[][] = [];
  let bytes = Infinity;
  for (const line of lines) {
    // Letters beyond Latin take up to three bytes each; three quarters of a line are names and numbers.
    const size = line.text.length * 1.5;
    if (bytes + size > most) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(line);
    bytes += size;
  }
  return requests;
}
