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

/**
 * What InfluxDB says of lines, 1.x to 3.x, its cloud as well: `partial write: …`, `unable to parse '…'`, `field type
 * conflict: input field "…"`, `parsing failed for write_lp endpoint`, `invalid column type for column '…'`. Any other
 * words may be a proxy's, of every request alike.
 */
const ABOUT_LINES =
  /\bpartial write\b|unable to parse '|field type conflict|input field "|max key length exceeded|invalid (field|tag|measurement) (name|key|value|format)|invalid column type|schema (conflict|validation)|pars(e|ing) (failed )?(for )?(the )?(line protocol|write_lp endpoint)|line protocol pars(e|ing)|error parsing line \d/i;
const CONFLICT = /input field "((?:[^"\\]|\\.)*)" on measurement "((?:[^"\\]|\\.)*)"/;

type Send = (body: string) => Promise<void>;

/**
 * Resolves with the lines that the server takes never; all others are in it. Rejects where the whole should be tried
 * again: lines that are in it already are then written once more, which changes nothing. With LinesRefused and TooLarge
 * it does where it is not the lines that are refused.
 */
export async function writeLines(lines: readonly Line[], send: Send): Promise<readonly Refused[]> {
  if (lines.length === 0) return [];
  const refused: Refused[] = [];
  const shortest = lines.reduce((a, b) => (b.text.length < a.text.length ? b : a));
  const division = { send, refused, shortest, taken: 0 };
  await divide(lines, division);
  const other = refused.find(({ reason }) => !ABOUT_LINES.test(reason));
  if (division.taken === 0 && other !== undefined) {
    // Nothing at all got through, for a reason that names no line: more likely the way there is wrong.
    throw new LinesRefused(other.reason);
  }
  return refused;
}

interface Division {
  readonly send: Send;
  readonly refused: Refused[];
  readonly shortest: Line;
  /** lines that got through */
  taken: number;
}

async function divide(lines: readonly Line[], division: Division): Promise<void> {
  try {
    await division.send(lines.map(({ text }) => text).join('\n'));
    division.taken += lines.length;
  } catch (error) {
    if (!(error instanceof LinesRefused || error instanceof TooLarge)) throw error;
    const dropped = error instanceof LinesRefused ? error.dropped : undefined;
    if (lines.length === 1 || dropped === lines.length) {
      if (error instanceof TooLarge) await expectRoom(lines, error, division);
      const tooLarge = 'is larger than the server takes';
      const reason = error instanceof TooLarge ? `${tooLarge}: ${error.message}` : error.message;
      for (const line of lines) division.refused.push({ line, reason });
      return;
    }
    const [some, others] = parts(lines, error);
    await divide(some, division);
    await divide(others, division);
  }
}

/** Where the shortest line is too large as well, it is no line that is. */
async function expectRoom(
  [line]: readonly Line[],
  tooLarge: TooLarge,
  division: Division,
): Promise<void> {
  if (line === division.shortest) throw tooLarge;
  try {
    await division.send(division.shortest.text);
    division.taken++;
  } catch (error) {
    // What it says of that line is told when its turn comes.
    if (!(error instanceof LinesRefused)) throw error;
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
