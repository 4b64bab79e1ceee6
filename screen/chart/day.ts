// The geometry of one day in a hall: its span, ticks in the hall's own zone, series with gaps, round heights. Pure.
import { max, min } from 'd3-array';
import { zoneOffset } from '../../hall/zone-time.ts';

/** [from, to) in ms since 1970. */
export type Span = readonly [number, number];

export interface DayBin {
  readonly from: number;
  readonly issued: number;
  readonly waiting?: number;
}

export interface DayPoint {
  readonly at: number;
  /** undefined: no data, drawn as a gap */
  readonly value?: number;
}

const HOUR = 3_600_000;

/** The day drawn: the opening hours, and what happened before or after them. An empty day is the hour before `now`. */
export function daySpan(
  open: readonly Span[],
  bins: readonly DayBin[],
  binMs: number,
  now: number,
): Span {
  const starts = [...open.map(([from]) => from), ...bins.map((bin) => bin.from)];
  const ends = [...open.map(([, to]) => to), ...bins.map((bin) => Math.min(bin.from + binMs, now))];
  return [min(starts) ?? now - HOUR, max(ends) ?? now];
}

/** The breaks between opening hours (lunch). */
export function breaksOf(open: readonly Span[]): Span[] {
  const sorted = [...open].sort((a, b) => a[0] - b[0]);
  return sorted
    .slice(1)
    .map((span, index): Span => [sorted[index]?.[1] ?? span[0], span[0]])
    .filter(([from, to]) => to > from);
}

/**
 * The number of people waiting through the day: one point at each bin's end, and the present as the last. Bins that
 * are missing between two others, or without data, become one point without a value.
 */
export function waitingSeries(
  bins: readonly DayBin[],
  binMs: number,
  now: number,
  present: number | undefined,
): DayPoint[] {
  const points: DayPoint[] = [];
  let expected: number | undefined;
  for (const bin of bins) {
    if (bin.from >= now) break;
    if (expected !== undefined && bin.from > expected) points.push({ at: expected });
    const end = bin.from + binMs;
    if (end <= now)
      points.push({ at: end, ...(bin.waiting !== undefined && { value: bin.waiting }) });
    expected = end;
  }
  if (expected !== undefined && expected < now - binMs) points.push({ at: expected });
  if (present !== undefined) points.push({ at: now, value: present });
  return points;
}

/** A value with the range in which it lies on eight of ten days. */
export interface RangePoint {
  readonly at: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

interface Ahead {
  readonly from: number;
  readonly waiting?: { readonly p10: number; readonly p50: number; readonly p90: number };
}

/** People waiting at the half hours' ends within the span, on past days or expected. */
export function waitingRange(
  bins: readonly Ahead[],
  binMs: number,
  [from, to]: Span,
): RangePoint[] {
  return bins.flatMap((bin) => {
    const at = bin.from + binMs;
    if (bin.waiting === undefined || at < from || at > to) return [];
    const { p10: low, p50: middle, p90: high } = bin.waiting;
    return [{ at, low, middle, high }];
  });
}

/** What is expected, from the present on, where the value is known. */
export function waitingAhead(
  bins: readonly Ahead[],
  binMs: number,
  [from, to]: Span,
  present: number | undefined,
): RangePoint[] {
  if (present === undefined) return [];
  const points = waitingRange(bins, binMs, [from + 1, to]);
  const start = { at: from, low: present, middle: present, high: present };
  return points.length > 0 ? [start, ...points] : [];
}

/** A closed SVG path around ranges: along its upper edge, and back along its lower one. */
export function rangePath(
  points: readonly RangePoint[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  if (points.length === 0) return '';
  const upper = monotonePath(points.map(({ at, high }) => [x(at), y(high)]));
  const lower = points.toReversed().map(({ at, low }) => `L${x(at)},${y(low)}`);
  return `${upper}${lower.join('')}Z`;
}

/** Full hours within the span as the hall's clocks strike them; every second or third one where they are many. */
export function hourTicks(
  span: Span,
  timezone: string,
  most: number,
): { at: number; label: string }[] {
  const offset = zoneOffset(timezone, span[0]);
  const step = [1, 2, 3, 6].find((hours) => (span[1] - span[0]) / HOUR / hours <= most) ?? 6;
  const first = Math.ceil((span[0] + offset) / HOUR);
  const last = Math.floor((span[1] + offset) / HOUR);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
    .filter((hour) => hour % step === 0)
    .map((hour) => ({ at: hour * HOUR - offset, label: `${hour % 24}:00` }));
}

/** Straight from `domain` to `range`. By hand: d3-scale brings colours and number formats, 12 kB for this one line. */
export function linear([from, to]: Span, [start, end]: Span): (value: number) => number {
  const slope = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * slope;
}

/**
 * An SVG path through points (px) from left to right: cubic, rising and falling only where the points do
 * (Steffen 1990, Astronomy and Astrophysics 239, 443). By hand: d3-shape has every shape there is, 15 kB for this one.
 */
export function monotonePath(points: readonly (readonly [x: number, y: number])[]): string {
  const slopes = points
    .slice(1)
    .map(([x, y], i) => (y - (points[i]?.[1] ?? 0)) / (x - (points[i]?.[0] ?? 0)) || 0);
  const inner = (i: number) => {
    const [before = 0, after = 0] = [slopes[i - 1], slopes[i]];
    const [h0, h1] = [step(i - 1), step(i)];
    const through = (before * h1 + after * h0) / (h0 + h1) || 0;
    const least = Math.min(Math.abs(before), Math.abs(after), Math.abs(through) / 2);
    return (Math.sign(before) + Math.sign(after)) * least;
  };
  const step = (i: number) => (points[i + 1]?.[0] ?? 0) - (points[i]?.[0] ?? 0);
  const last = points.length - 1;
  const tangent = (i: number) => {
    if (last === 1) return Number.isFinite(slopes[0]) ? (slopes[0] ?? 0) : 0;
    if (i > 0 && i < last) return inner(i);
    const [next, slope] = i === 0 ? [1, slopes[0] ?? 0] : [last - 1, slopes[last - 1] ?? 0];
    // Two values of one moment have no slope between them.
    return Number.isFinite(slope) ? (3 * slope - inner(next)) / 2 : inner(next);
  };
  return points
    .map(([x, y], i) => {
      const third = step(i - 1) / 3;
      const [x0, y0] = points[i - 1] ?? [x, y];
      // A closed path of one point is drawn as a dot.
      if (i === 0) return `M${x},${y}${last === 0 ? 'Z' : ''}`;
      return `C${x0 + third},${y0 + tangent(i - 1) * third},${x - third},${y - tangent(i) * third},${x},${y}`;
    })
    .join('');
}

/** A round top for an axis from 0, with room above `value`, and its few ticks (0 left out). */
export function roundTop(value: number): { top: number; ticks: number[] } {
  const steps = [5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000];
  const step = steps.find((candidate) => value * 1.08 <= candidate * 3) ?? 10_000;
  const count = Math.max(1, Math.ceil((value * 1.08) / step));
  return { top: step * count, ticks: Array.from({ length: count }, (_, i) => step * (i + 1)) };
}
