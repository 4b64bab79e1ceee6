// Pages always come to show the hall as it is, whatever the network and the gateway do meanwhile. SPEC §6.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Received } from '../../hall/reduce.ts';
import { received, sampleHall, TEN, type Note } from '../hall/sample.ts';
import { PERFECT, type Manners } from './network.ts';
import { chance, type Chance } from './random.ts';
import { World } from './world.ts';

const ROUGH: Manners = {
  delayMs: 400,
  double: 0.05,
  reorder: 0.05,
  lose: 0.03,
  cut: 0.01,
  cutSilently: 0.005,
  choke: 0.01,
};
/** Runs that once found a page wrong: kept by what they found. */
const NAMED = {
  'a word held up for half a minute taken for news': 3,
  'no watch after deltas were resumed': 1,
  'deltas on the way to the present taken for it': 10,
  'a delta of another epoch': 29,
};
const SEEDS = 24;
/** A page gives up a silent connection after its staleMs and comes back within a few seconds. */
const HEALED_MS = 30_000;
const RENEWED_MS = 3_000;
const VIEWS = ['screen:b1', 'screen:sign-1', 'live', 'devices'];

for (const [what, seed] of Object.entries(NAMED)) {
  test(`6 pages converge: ${what} (seed ${seed})`, () => run(seed));
}
for (let seed = 100; seed < 100 + SEEDS; seed++) {
  test(`6 pages converge after cuts, delays, doubles and reordering: seed ${seed}`, () =>
    run(seed));
}

async function run(seed: number): Promise<void> {
  const dice = chance(seed);
  const world = new World(dice, sampleHall(), TEN);
  try {
    for (const view of VIEWS) for (let n = 0; n < 2; n++) world.openPage(view);
    world.manners = ROUGH;
    for (let round = 0; round < 150; round++) {
      for (let n = dice.below(4); n > 0; n--) world.happens(anySignal(dice, world.now));
      if (dice.happens(0.02)) {
        world.killGateway();
        await world.pass(dice.below(8_000));
        world.startGateway();
      }
      await world.pass(dice.below(700));
    }
    world.manners = PERFECT;
    await world.pass(HEALED_MS);
    for (const page of world.pages) {
      await renewed(world, page);
      const { view, state } = page;
      assert.equal(state.freshness, 'live', `${view} is ${state.freshness}`);
      if (state.freshness === 'live') assert.deepEqual(state.data, world.present(view), view);
    }
    assert.ok(world.checked > 100, `only ${world.checked} states were held against what was sent`);
  } finally {
    world.end();
  }
}

/** What changes with time alone is renewed once a second: until then a page shows the second before. */
async function renewed(world: World, page: World['pages'][number]): Promise<void> {
  for (let waited = 0; waited < RENEWED_MS; waited += 100) {
    const { state, view } = page;
    if (state.freshness !== 'live' || isDeepStrictEqual(state.data, world.present(view))) return;
    await world.pass(100);
  }
}

test("6.4 a page says that it is stale within 5 s of the gateway's last word, and heals", async () => {
  const world = new World(chance(7), sampleHall(), TEN);
  try {
    world.openPage('screen:b1');
    await world.pass(2_000);
    assert.equal(freshnessOf(world), 'live');
    world.killGateway();
    await world.pass(5_000);
    assert.equal(freshnessOf(world), 'stale');
    world.startGateway();
    await world.pass(HEALED_MS);
    assert.equal(freshnessOf(world), 'live');
  } finally {
    world.end();
  }
});

test('6.4 a network that swallows every word without a sign makes a page stale within 5 s', async () => {
  const world = new World(chance(8), sampleHall(), TEN);
  try {
    world.openPage('live');
    await world.pass(2_000);
    world.manners = { ...PERFECT, lose: 1 };
    await world.pass(5_000);
    assert.equal(freshnessOf(world), 'stale');
    world.manners = PERFECT;
    await world.pass(HEALED_MS);
    assert.equal(freshnessOf(world), 'live');
  } finally {
    world.end();
  }
});

const freshnessOf = (world: World) => world.pages[0]?.state.freshness;

let numbered = 0;

function anySignal(dice: Chance, now: number): Received {
  const ticket = `A${100 + dice.below(20)}`;
  const window = dice.pick(['w1', 'w2', 'w3']);
  const [device, stream, fields] = dice.pick<readonly [string, string, object]>([
    ['disp-1', 'ticket', { type: 'issued', ticket, queue: dice.pick(['q1', 'q2']) }],
    ['caller-1', 'ticket', { type: 'called', ticket, window }],
    ['caller-1', 'ticket', { type: 'recalled', ticket, window }],
    ['caller-1', 'ticket', { type: 'serving', ticket, window }],
    ['caller-1', 'ticket', { type: 'no_show', ticket }],
    ['caller-1', 'ticket', { type: 'completed', ticket, window }],
    ['caller-2', 'window', { type: 'state', window, state: dice.pick(['idle', 'away', 'closed']) }],
    ['disp-1', 'device', { type: 'state', state: dice.pick(['online', 'fault', 'offline']) }],
    ['pad-1', 'evaluation', { type: 'submitted', window, level: dice.pick([5, 4, 1]) }],
    [
      'panel',
      'emergency',
      { type: dice.pick(['activated', 'cleared']), kind: 'fire', zones: ['*'] },
    ],
  ]);
  const note: Note = [
    (now - TEN) / 60_000,
    device,
    stream,
    { ...fields, at: now, id: `s-${++numbered}` },
  ];
  return received([note])[0]!;
}
