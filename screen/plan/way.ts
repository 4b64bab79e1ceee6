// An arrow from place to place over a plan that is laid out. Pure.
import type { Box, Placed } from './layout.ts';

export interface Way {
  /** of an SVG polyline */
  readonly points: string;
  /** of an SVG path: the arrow's head */
  readonly head: string;
}

const HEAD = 14;

/** Through the middles of these zones and cells, in right angles; undefined where fewer than two of them are on the plan. */
export function wayOf(placed: Placed, ids: readonly string[]): Way | undefined {
  const boxes = new Map<string, Box>();
  for (const { zones } of placed.floors) {
    for (const zone of zones) {
      boxes.set(zone.id, zone);
      for (const cell of zone.cells) boxes.set(cell.id, cell);
    }
  }
  const stops = ids.flatMap((id) => boxes.get(id) ?? []).map(middleOf);
  const points = stops.flatMap((stop, index) => {
    const before = stops[index - 1];
    return before ? [{ x: stop.x, y: before.y }, stop] : [stop];
  });
  const [end, last] = [points.at(-1), points.findLast((one) => !isSame(one, points.at(-1)))];
  if (stops.length < 2 || !end || !last) return undefined;
  const across = Math.sign(end.x - last.x);
  const down = across === 0 ? Math.sign(end.y - last.y) : 0;
  const left = {
    x: end.x - across * HEAD - down * HEAD * 0.6,
    y: end.y - down * HEAD - across * HEAD * 0.6,
  };
  const right = {
    x: end.x - across * HEAD + down * HEAD * 0.6,
    y: end.y - down * HEAD + across * HEAD * 0.6,
  };
  return {
    points: points.map(pair).join(' '),
    head: `M${pair(end)} L${pair(left)} L${pair(right)} Z`,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function middleOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function isSame(a: Point, b: Point | undefined): boolean {
  return a.x === b?.x && a.y === b.y;
}

function pair({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
