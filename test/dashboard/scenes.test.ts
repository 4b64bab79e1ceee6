// SPEC 25.1: which scene of the wall stands, by address and time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neighbour, standing, turningScenes } from '../../dashboard/wall/scenes.ts';
import { SCENES } from '../../hall/scene.ts';

type View = Parameters<typeof standing>[0];

/** Another hall of the tree, heard of or not. */
const withHalls = (figures?: object) => ({ rows: [{ isOwn: true, figures: {} }, { figures }] });

/** A view in which every scene has something to show. */
const FULL = {
  settings: { scenes: SCENES, sceneMs: 30_000, theme: 'night' },
  windows: { w1: {} },
  queues: { q1: {} },
  cases: {},
  evaluation: { levels: [0, 0, 0, 0, 1], defaulted: 0 },
  departments: { a: {}, b: {} },
  halls: withHalls({}),
  floors: [
    { id: 'f1', name: { zh: '一楼' }, zones: ['z1'] },
    { id: 'f2', name: { zh: '二楼' }, zones: ['z2'] },
    { id: 'f3', name: { zh: '三楼' }, zones: [] },
  ],
} as unknown as View;
const EMPTY = {
  ...FULL,
  windows: {},
  queues: {},
  cases: undefined,
  evaluation: { levels: [0, 0, 0, 0, 0], defaulted: 3 },
  departments: {},
  halls: withHalls(),
  floors: [],
} as unknown as View;

test('25.1 scenes turn by the time alone: two walls show the same', () => {
  const turn = turningScenes(FULL);
  assert.deepEqual(turn, SCENES);
  const seen = Array.from(
    { length: 16 },
    (_, index) => standing(FULL, {}, index * 30_000 + 5).scene,
  );
  assert.deepEqual(seen.slice(0, 8), [...turn]);
  assert.deepEqual(seen.slice(8), [...turn]);
  assert.equal(standing(FULL, {}, 29_999).scene, standing(FULL, {}, 0).scene);
});

test('25.1 a scene in the address stands, whatever the time; an unknown one is none', () => {
  for (const scene of SCENES) {
    const found = standing(FULL, { scene }, 123_456_789);
    assert.deepEqual([found.scene, found.isHeld], [scene, true]);
  }
  assert.equal(standing(FULL, { scene: 'nothing' }, 0).isHeld, false);
});

test('25.1 the floor is another one at each round; floors without zones are none', () => {
  const round = 8 * 30_000;
  const floors = [0, 1, 2].map((rounds) => standing(FULL, {}, rounds * round).floor);
  assert.deepEqual(floors, ['f1', 'f2', 'f1']);
  assert.equal(standing(FULL, { scene: 'floor', floor: 'f2' }, 0).floor, 'f2');
  const held = [0, 1].map((turn) => standing(FULL, { scene: 'floor' }, turn * 30_000).floor);
  assert.deepEqual(held, ['f1', 'f2'], 'held, the floors still turn');
});

test('25.1 an empty hall has the overview, and what has nothing to show does not turn', () => {
  assert.deepEqual(turningScenes(EMPTY), ['overview']);
  const only = { ...EMPTY, settings: { ...EMPTY.settings, scenes: ['posts'] } } as View;
  assert.deepEqual(turningScenes(only), ['overview']);
  assert.equal(standing(only, {}, 0).floor, undefined);
});

test('25.1 keys go to the neighbour, round the end', () => {
  assert.equal(neighbour(FULL, 'overview', -1), 'halls');
  assert.equal(neighbour(FULL, 'halls', 1), 'overview');
  assert.equal(neighbour(EMPTY, 'halls', 1), 'overview', 'from a scene that does not turn');
});
