// Whether a database still has what it confirmed: looked for by the marks that the cursor keeps.
import type { Point } from '../../../hall/point.ts';
import type { Cursor, Mark } from './cursor.ts';
import { name, tagConditions } from './query.ts';
import type { InfluxServer } from './server.ts';
import { InfluxTrouble, StatementRefused } from './trouble.ts';
import type { Refused } from './write.ts';

const LOOKS_AT_ONCE = 8;
const NS_PER_MS = 1_000_000n;

/**
 * The entry after which something is missing; nothing where everything is there. A database may lose what it had
 * confirmed: 1.x after a full disk loses at its next start but one what it took after the first, a file system may, and
 * an administrator may put back last week's backup.
 * @param expired points before that time (ms) may be gone by the server's own retention
 */
export async function lostAfter(
  server: InfluxServer,
  cursor: Cursor,
  expired: number,
): Promise<number | undefined> {
  const limit = BigInt(Math.floor(expired));
  const marks = cursor.marks().filter(({ timestampNs }) => timestampNs / NS_PER_MS > limit);
  const there: boolean[] = [];
  for (let at = 0; at < marks.length; at += LOOKS_AT_ONCE) {
    const some = marks.slice(at, at + LOOKS_AT_ONCE);
    there.push(...(await Promise.all(some.map((mark) => has(server, mark)))));
  }
  // What is missing behind the oldest that is there was deleted or has expired: that is as somebody wanted it.
  const oldest = there.lastIndexOf(true);
  if (oldest < 0) return marks.length > 0 ? 0 : undefined;
  cursor.forget(marks.slice(oldest + 1));
  const lost = there.slice(0, oldest + 1).lastIndexOf(false);
  return lost < 0 ? undefined : (marks[lost + 1]?.seq ?? 0);
}

/** Who may not read is not asked. */
async function has(server: InfluxServer, mark: Mark): Promise<boolean> {
  const { measurement, tags, timestampNs } = mark;
  const time = [`time >= ${timestampNs}`, `time <= ${timestampNs}`];
  const where = [...tagConditions(tags), ...time].join(' AND ');
  const select = `SELECT * FROM ${name(measurement)} WHERE ${where} LIMIT 1`;
  try {
    return (await server.select(select)).some(({ values = [] }) => values.length > 0);
  } catch (error) {
    if (error instanceof StatementRefused) return true;
    if (error instanceof InfluxTrouble && error.status === 403) return true;
    throw error;
  }
}

/** The youngest of the points that are in it: the one that stays longest. */
export function markOf(
  points: readonly Point[],
  refused: readonly Refused[],
  seq: number,
): Mark | undefined {
  const out = new Set(refused.map(({ line }) => line.index));
  let best: Point | undefined;
  for (const [index, point] of points.entries()) {
    if (out.has(index) || point.timestampNs < (best?.timestampNs ?? 0n)) continue;
    best = point;
  }
  if (best === undefined) return undefined;
  const { measurement, tags, timestampNs } = best;
  return { seq, measurement, tags, timestampNs };
}
