// Where the zones and windows of a hall stand where no drawing of the floor exists: rows of rooms, each with a line for its
// name and a grid of equal cells. Depends on the hall file and the room for the plan alone, so that nothing moves while
// somebody looks. Pure. SPEC 24.
import { max, min, sum } from 'd3-array';

/** px of the drawing. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedCell extends Box {
  readonly id: string;
}

export interface PlacedZone extends Box {
  readonly id: string;
  /** cells in reading order */
  readonly cells: readonly PlacedCell[];
}

export interface PlacedFloor extends Box {
  readonly id: string;
  readonly zones: readonly PlacedZone[];
}

export interface ZoneToPlace {
  readonly id: string;
  /** ids of its windows, or of what else is shown in it */
  readonly cells: readonly string[];
}

export interface FloorToPlace {
  readonly id: string;
  readonly zones: readonly ZoneToPlace[];
}

export interface PlanRoom {
  readonly width: number;
  readonly height: number;
  /** px: the size of the text in it */
  readonly text: number;
  /** width ÷ height of a cell */
  readonly ratio?: number;
}

export interface Placed {
  readonly floors: readonly PlacedFloor[];
  /** all cells are alike; 0 × 0 where there is none */
  readonly cell: { readonly width: number; readonly height: number };
}

/** In `text`: the floor's name at the left, the line with a zone's name, the least zone, the gap, the greatest cell. */
const FLOOR_NAME = 4;
export const ZONE_HEAD = 3.4;
const ZONE_LEAST = 8.5;
const GAP = 0.5;
const CELL_HEIGHT_MOST = 6.2;
export const CELL_RATIO = 1.45;
/** A zone without windows is as wide as one of so many columns. */
const BARE_ZONE = 2;

/** Lays all floors out, one above the other: of all ways to break the zones into rows the one with the largest cells. */
export function layoutPlan(floors: readonly FloorToPlace[], room: PlanRoom): Placed {
  const shown = floors.filter(({ zones }) => zones.length > 0);
  if (shown.length === 0 || !(room.width > 0) || !(room.height > 0)) return NOTHING;
  const { text, ratio = CELL_RATIO } = room;
  const gap = GAP * text;
  const ways = waysOf(shown, room.width, text);
  let best: { boxes: PlacedFloor[]; score: number } | undefined;
  for (const { rows, bare, deep } of ways) {
    const total = sum(rows, (floor) => floor.length);
    const bareTotal = sum(bare, (floor) => floor.length) * bareHeight(text);
    const height = (room.height - gap * (shown.length - 1) - bareTotal) / total;
    let y = 0;
    const boxes = shown.map((floor, index): PlacedFloor => {
      const [own, below] = [rows[index] ?? [], bare[index] ?? []];
      const upper = { x: 0, y, width: room.width, height: height * own.length };
      const lower = { ...upper, y: y + upper.height, height: below.length * bareHeight(text) };
      const zones = [
        ...placeRows(own, deep, upper, text, 0),
        ...placeRows(below, deep, lower, text, own.length),
      ];
      const box = { ...upper, height: upper.height + lower.height };
      y += box.height + gap;
      return { id: floor.id, ...box, zones };
    });
    const score = scoreOf(boxes, shown, text, ratio);
    if (best === undefined || score > best.score) best = { boxes, score };
  }
  if (best === undefined) return NOTHING;
  return fillCells(best.boxes, shown, text, ratio);
}

/** A cell in which two lines can be read is so high, in `text`; a plan is at least and at most so high. */
const CELL_READABLE = 3.2;
/** A cell may be narrower than its ratio asks, but not by more. */
const WIDTH_SHARE = 0.92;
const HEIGHT_LEAST = 12;
const HEIGHT_MOST = 400;
const HEIGHT_STEP = 2;

/**
 * Lays all floors out for a page that scrolls: as high as two lines in every cell need, each row of zones as high as its own
 * cells need.
 */
export function layoutNaturally(
  floors: readonly FloorToPlace[],
  room: Omit<PlanRoom, 'height'>,
): Placed & { readonly height: number } {
  const { text, ratio = CELL_RATIO } = room;
  const least = CELL_READABLE * text;
  let placed = NOTHING;
  for (let height = HEIGHT_LEAST; height < HEIGHT_MOST; height += HEIGHT_STEP) {
    const before = placed.cell;
    placed = layoutPlan(floors, { ...room, height: height * text });
    const { cell } = placed;
    if (cell.height < least) continue;
    // Cells that are as wide as the page allows do not get wider on a higher one.
    if (cell.width >= WIDTH_SHARE * least * ratio || cell.width <= before.width) break;
  }
  return packRows(placed, text);
}

/** Rows of zones moved up, each as high as its fullest zone needs. */
function packRows({ floors, cell }: Placed, text: number): Placed & { readonly height: number } {
  const gap = GAP * text;
  let y = 0;
  const packed = floors.map((floor) => {
    const top = y;
    const rows = [...Map.groupBy(floor.zones, (zone) => zone.y).values()];
    const zones = rows.flatMap((row) => {
      const ends = row.map((zone) => max(zone.cells, (one) => one.y + one.height - zone.y) ?? 0);
      const height = Math.max((ZONE_HEAD + GAP) * text, ...ends.map((end) => end + gap / 2));
      const from = y;
      y += height + gap;
      return row.map((zone) => {
        const up = from - zone.y;
        const cells = zone.cells.map((one) => ({ ...one, y: one.y + up }));
        return { ...zone, y: from, height, cells };
      });
    });
    return { ...floor, y: top, height: y - top - gap, zones };
  });
  return { floors: packed, cell, height: Math.max(0, y - gap) };
}

const NOTHING: Placed = { floors: [], cell: { width: 0, height: 0 } };

type Rows = readonly (readonly ZoneToPlace[])[];

interface Way {
  /** of each floor: its zones, and below them those without windows where they have low rows of their own */
  readonly rows: readonly Rows[];
  readonly bare: readonly Rows[];
  /** a zone is as wide as its cells in so many rows need */
  readonly deep: number;
}

/** How many rows of cells in a zone are tried. */
const DEEP_MOST = 5;

/**
 * Every floor in one row of zones, in two, … : floors are broken alike, by the zones that a row may have. Zones without windows
 * stand among the others, or below them in rows that are as high as a name needs.
 */
function waysOf(floors: readonly FloorToPlace[], width: number, text: number): Way[] {
  const isBare = ({ cells }: ZoneToPlace) => cells.length === 0;
  const apart = floors.map(({ zones }) => {
    const filled = zones.filter((zone) => !isBare(zone));
    return filled.length === 0 ? [zones, []] : [filled, zones.filter(isBare)];
  });
  const inRow = Math.max(1, Math.floor(width / ((ZONE_LEAST + GAP) * text)));
  const bare = apart.map(([, zones = []]) =>
    zones.length === 0 ? [] : breakRows(zones, Math.ceil(zones.length / inRow), 1),
  );
  const among = floors.map(({ zones }) => zones);
  const ways = waysOfZones(among).map((way) => ({ ...way, bare: floors.map(() => []) }));
  if (bare.every((rows) => rows.length === 0)) return ways;
  const filled = apart.map(([zones = []]) => zones);
  return [...ways, ...waysOfZones(filled).map((way) => ({ ...way, bare }))];
}

function waysOfZones(floors: readonly (readonly ZoneToPlace[])[]): Omit<Way, 'bare'>[] {
  const most = max(floors, (zones) => zones.length) ?? 0;
  const ways: Omit<Way, 'bare'>[] = [];
  for (let inRow = 1; inRow <= most; inRow++) {
    for (let deep = 1; deep <= DEEP_MOST; deep++) {
      const rows = floors.map((zones) => breakRows(zones, Math.ceil(zones.length / inRow), deep));
      ways.push({ rows, deep });
    }
  }
  return ways;
}

/** px: a row of zones without windows. */
function bareHeight(text: number): number {
  return (ZONE_HEAD + 2 * GAP) * text;
}

/** In columns of cells. */
function weightOf({ cells }: ZoneToPlace, deep: number): number {
  return Math.max(BARE_ZONE, Math.ceil(cells.length / deep));
}

/** The zones in `count` rows in their order, so that the fullest row is as empty as it can be. */
function breakRows(zones: readonly ZoneToPlace[], count: number, deep: number): Rows {
  const weights = zones.map((zone) => weightOf(zone, deep));
  let low = max(weights) ?? 0;
  let high = sum(weights);
  while (low < high) {
    const most = Math.floor((low + high) / 2);
    if (fill(zones, weights, most).length <= count) high = most;
    else low = most + 1;
  }
  return fill(zones, weights, low);
}

function fill(zones: readonly ZoneToPlace[], weights: readonly number[], most: number): Rows {
  const rows: ZoneToPlace[][] = [];
  let used = Infinity;
  zones.forEach((zone, index) => {
    const weight = weights[index] ?? 0;
    if (used + weight > most) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push(zone);
    used += weight;
  });
  return rows;
}

/** Zones of a row share its width by their columns of cells, none under the least that a name needs. */
function placeRows(
  rows: Rows,
  deep: number,
  floor: Box,
  text: number,
  /** so many rows of the floor stand above */
  above: number,
): PlacedZone[] {
  const left = FLOOR_NAME * text;
  const gap = GAP * text;
  const height = floor.height / rows.length;
  return rows.flatMap((row, index) => {
    const width = floor.width - left - gap * (row.length - 1);
    const least = Math.min(ZONE_LEAST * text, width / row.length);
    const weights = row.map((zone) => weightOf(zone, deep));
    const widths = share(weights, width, least);
    let x = floor.x + left;
    return row.map(({ id }, at): PlacedZone => {
      const own = widths[at] ?? 0;
      const down = index + above > 0 ? gap : 0;
      const y = floor.y + height * index + down;
      const box = { x, y, width: own, height: height - down };
      x += own + gap;
      return { id, ...box, cells: [] };
    });
  });
}

/** `width` by weight, each at least `least`. */
function share(weights: readonly number[], width: number, least: number): number[] {
  const isSmall = weights.map(() => false);
  for (;;) {
    const rest = width - isSmall.filter(Boolean).length * least;
    const total = sum(weights, (weight, index) => (isSmall[index] === true ? 0 : weight));
    const next = weights.findIndex(
      (weight, index) => isSmall[index] !== true && (rest * weight) / total < least,
    );
    if (next < 0) {
      return weights.map((weight, index) =>
        isSmall[index] === true ? least : (rest * weight) / total,
      );
    }
    isSmall[next] = true;
  }
}

/** The inside of a zone below its head. */
function bodyOf(zone: Box, text: number) {
  return {
    width: zone.width - GAP * text,
    height: zone.height - (ZONE_HEAD + GAP) * text,
  };
}

/** The largest cells of the wanted ratio, `count` of them in `width` × `height`. */
function cellFor(
  count: number,
  { width, height }: { width: number; height: number },
  ratio: number,
) {
  let best = { width: 0, height: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const across = width / columns;
    const down = height / Math.ceil(count / columns);
    const size = Math.min(across / ratio, down);
    if (size > best.height) best = { width: size * ratio, height: size, columns };
  }
  return best;
}

/** How large the smallest cell is; zones that are too narrow for a name or too low for their head count against it. */
function scoreOf(
  floors: readonly PlacedFloor[],
  given: readonly FloorToPlace[],
  text: number,
  ratio: number,
): number {
  const sizes = floors.flatMap((floor, index) =>
    floor.zones.map((zone) => {
      const count = cellsOf(given[index], zone).length;
      const body = bodyOf(zone, text);
      const narrow = Math.min(1, zone.width / (ZONE_LEAST * text));
      if (count === 0) return body.height < 0 ? body.height : Infinity;
      return cellFor(count, body, ratio).height * narrow;
    }),
  );
  return min(sizes) ?? 0;
}

function cellsOf(floor: FloorToPlace | undefined, { id }: PlacedZone): readonly string[] {
  return floor?.zones.find((zone) => zone.id === id)?.cells ?? [];
}

/** Cells of one size for the whole hall, from the left in rows as wide as the zone. */
function fillCells(
  floors: readonly PlacedFloor[],
  given: readonly FloorToPlace[],
  text: number,
  ratio: number,
): Placed {
  const sizes = floors.flatMap(({ zones }, floor) =>
    zones.flatMap((zone) => {
      const count = cellsOf(given[floor], zone).length;
      return count === 0 ? [] : [cellFor(count, bodyOf(zone, text), ratio).height];
    }),
  );
  const least = Math.max(0, Math.min(CELL_HEIGHT_MOST * text, min(sizes) ?? 0));
  const width = least * ratio;
  // Where the width was the limit, cells are higher than wide at most: a second line needs the height.
  const rooms = floors.flatMap(({ zones }, floor) =>
    zones.flatMap((zone) => {
      const count = cellsOf(given[floor], zone).length;
      const body = bodyOf(zone, text);
      return count === 0 ? [] : [body.height / Math.ceil(count / columnsOf(body.width, width))];
    }),
  );
  const most = Math.min(width, CELL_HEIGHT_MOST * text, min(rooms) ?? 0);
  const cell = { width, height: Math.max(least, most) };
  const placed = floors.map((floor, index) => ({
    ...floor,
    zones: floor.zones.map((zone) => ({
      ...zone,
      cells: gridOf(cellsOf(given[index], zone), zone, cell, text),
    })),
  }));
  return { floors: placed, cell: sizes.length === 0 ? NOTHING.cell : cell };
}

function columnsOf(room: number, cell: number): number {
  return Math.max(1, Math.floor(room / cell + 1e-6));
}

function gridOf(
  ids: readonly string[],
  zone: Box,
  cell: { readonly width: number; readonly height: number },
  text: number,
): PlacedCell[] {
  const body = bodyOf(zone, text);
  const columns = columnsOf(body.width, cell.width);
  return ids.map((id, index) => ({
    id,
    x: zone.x + (GAP / 2) * text + (index % columns) * cell.width,
    y: zone.y + ZONE_HEAD * text + Math.floor(index / columns) * cell.height,
    ...cell,
  }));
}
