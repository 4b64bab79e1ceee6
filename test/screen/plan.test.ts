// The plan that is laid out: every place once, nothing over another, nothing outside, readable for 66 and for 200 windows.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { textWidth } from '../../screen/chart/labels.ts';
import { fitText } from '../../screen/plan/fit.ts';
import {
  layoutNaturally,
  layoutPlan,
  type Box,
  type FloorToPlace,
  type Placed,
} from '../../screen/plan/layout.ts';
import { floorsToPlace } from '../../screen/plan/marks.ts';
import { wayOf } from '../../screen/plan/way.ts';
import { chance } from '../sim/random.ts';

const WALL = { width: 1150, height: 700, text: 18 };

/** Floors with so many windows per zone. */
function floors(...zones: readonly (readonly number[])[]): FloorToPlace[] {
  let window = 0;
  return zones.map((counts, floor) => ({
    id: `f${floor}`,
    zones: counts.map((count, zone) => ({
      id: `f${floor}z${zone}`,
      cells: Array.from({ length: count }, () => `w${window++}`),
    })),
  }));
}

function inside(inner: Box, outer: Box): boolean {
  const by = 0.01;
  return (
    inner.x >= outer.x - by &&
    inner.y >= outer.y - by &&
    inner.x + inner.width <= outer.x + outer.width + by &&
    inner.y + inner.height <= outer.y + outer.height + by
  );
}

function apart(a: Box, b: Box): boolean {
  const by = 0.01;
  return (
    a.x + a.width <= b.x + by ||
    b.x + b.width <= a.x + by ||
    a.y + a.height <= b.y + by ||
    b.y + b.height <= a.y + by
  );
}

function check(placed: Placed, given: readonly FloorToPlace[], room: Box): void {
  const zones = placed.floors.flatMap((floor) => floor.zones);
  // In the hall file's order; zones without windows among the others or below them.
  const cellsOf = new Map(given.flatMap((floor) => floor.zones).map((zone) => [zone.id, zone]));
  const isBare = ({ id }: { id: string }) => cellsOf.get(id)?.cells.length === 0;
  for (const kind of [isBare, (zone: { id: string }) => !isBare(zone)]) {
    equal(
      zones.filter(kind).map(({ id }) => id),
      given.flatMap((floor) => floor.zones.filter(kind).map(({ id }) => id)),
    );
  }
  zones.forEach((zone, index) => {
    ok(inside(zone, room), `${zone.id} is inside`);
    for (const other of zones.slice(index + 1)) ok(apart(zone, other), `${zone.id} ${other.id}`);
    zone.cells.forEach((cell, at) => {
      ok(inside(cell, zone), `${cell.id} in ${zone.id}`);
      for (const other of zone.cells.slice(at + 1)) ok(apart(cell, other), cell.id);
    });
  });
  equal(
    zones.flatMap((zone) => zone.cells.map(({ id }) => id)),
    given.flatMap((floor) => floor.zones.flatMap(({ cells }) => cells)),
  );
}

Deno.test('24.1 random halls: every window once, in its zone, nothing over another', () => {
  const luck = chance(1);
  for (let run = 0; run < 400; run++) {
    const count = 1 + luck.below(4);
    const given = floors(
      ...Array.from({ length: count }, () =>
        Array.from({ length: 1 + luck.below(8) }, () => luck.below(14)),
      ),
    );
    const room = { width: 300 + luck.below(3000), height: 400 + luck.below(1500), text: 18 };
    check(layoutPlan(given, room), given, { x: 0, y: 0, ...room });
  }
});

Deno.test('24.1 the same hall file gives the same plan; 66 windows have room for two lines', () => {
  const given = floors([0, 0, 10, 5, 4, 0, 0], [8, 3, 4, 7], [10, 5, 7, 3]);
  const placed = layoutPlan(given, WALL);
  equal(placed, layoutPlan(given, WALL));
  ok(placed.cell.height >= 2 * WALL.text, `cells are ${placed.cell.height} px high`);
});

Deno.test(
  '24.1 200 windows stay legible: a number of a window is not below the text of the plan',
  () => {
    const given = floors(...Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => 10)));
    const { cell } = layoutPlan(given, { width: 1824, height: 900, text: 18 });
    ok(cell.height >= WALL.text * 1.2, `cells are ${cell.height} px high`);
  },
);

Deno.test(
  '24.1 on a page that scrolls the plan is as high as its rows need, on a phone too',
  () => {
    const given = floors([0, 0, 10, 5, 4, 0, 0], [8, 3, 4, 7], [10, 5, 7, 3]);
    for (const width of [350, 744, 1800]) {
      const placed = layoutNaturally(given, { width, text: 13 });
      check(placed, given, { x: 0, y: 0, width, height: placed.height });
      ok(placed.cell.height >= 3 * 13, `cells are ${placed.cell.height} px high at ${width}`);
    }
    equal(layoutNaturally([], { width: 744, text: 13 }).height, 0);
  },
);

Deno.test('24.1 a hall without zones, and a plan without room, are empty', () => {
  equal(layoutPlan(floors([]), WALL).floors, []);
  equal(layoutPlan(floors([3]), { ...WALL, width: 0 }).floors, []);
  equal(layoutPlan(floors([0]), WALL).cell, { width: 0, height: 0 });
});

Deno.test('24.1 windows stand in the zone that names them, by the order of the hall file', () => {
  const cells = {
    w2: { zone: 'z1', order: 1 },
    w1: { zone: 'z1', order: 0 },
    w3: { zone: 'z2', order: 2 },
  };
  const placed = floorsToPlace([{ id: 'f1', name: { zh: '一楼' }, zones: ['z1', 'z2'] }], cells);
  equal(placed, [
    {
      id: 'f1',
      zones: [
        { id: 'z1', cells: ['w1', 'w2'] },
        { id: 'z2', cells: ['w3'] },
      ],
    },
  ]);
});

Deno.test('24.1 a way goes from place to place; without two places there is none', () => {
  const placed = layoutPlan(floors([2, 3]), WALL);
  const way = wayOf(placed, ['f0z0', 'w4']);
  equal(way?.points.split(' ').length, 3);
  ok(way?.head.startsWith('M'));
  equal(wayOf(placed, ['f0z0', 'nowhere']), undefined);
});

Deno.test('24.1 a text is set smaller, never below the least, and then shortened', () => {
  const sizes = { most: 13, least: 10 };
  equal(fitText('A012', 60, sizes), { text: 'A012', size: 13 });
  const smaller = fitText('BSHEBAO-', 55, sizes);
  equal(smaller.text, 'BSHEBAO-');
  ok(smaller.size >= 10 && smaller.size < 13);
  const ticket = fitText('BSHEBAO-0316', 55, sizes);
  equal(ticket.size, 10);
  ok(/^B.*….*0316$/.test(ticket.text));
  ok(textWidth(ticket.text, 10) <= 55);
  ok(/^不动产登.*…$/.test(fitText('不动产登记综合受理区', 65, sizes, 'start').text));
});
