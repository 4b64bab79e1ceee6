// Who may take the leader's place, and when. SPEC 17.2, 17.3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimAfterMs, isLed, type Sight } from '../../gateway/standby/place.ts';
import type { StateMessage } from '../../gateway/standby/state-message.ts';

const word = (state: StateMessage['state'], run: string, attached?: boolean): StateMessage => ({
  ...{ state, run, gateway: run },
  ...(attached !== undefined && { attached }),
});

/** A standby that has everything, under a leader that works. */
const GOOD: Sight = {
  run: 'me',
  sees: true,
  word: word('online', 'other', true),
  wordMs: 500,
  lastOnline: word('online', 'other', true),
  heardMs: 500,
  completeMs: 500,
  taken: false,
  startDelayMs: undefined,
  hadStandby: false,
  keepAliveMs: 3_000,
  patienceMs: 10_000,
};
const BEHIND = { lastOnline: word('online', 'other', false), completeMs: 60_000 };
const UNHEARD = { heardMs: 60_000 };

const cases: [what: string, sight: Partial<Sight>, after: number | undefined][] = [
  ['somebody leads', {}, undefined],
  ['its last will is out', { word: word('offline', 'other') }, 250],
  ['the same, but this one is behind', { word: word('offline', 'other'), ...BEHIND }, 2_000],
  [
    'the same, attached by the link though not yet by the word',
    { word: word('offline', 'other'), ...BEHIND, completeMs: 900 },
    250,
  ],
  ['it is silent at the broker, and here', { wordMs: 6_000, ...UNHEARD }, 250],
  ['it is silent at the broker, but can be heard', { wordMs: 6_000 }, undefined],
  ['it is slow, but not silent', { wordMs: 5_000, ...UNHEARD }, undefined],
  ['the broker cannot be seen', { word: word('offline', 'other'), sees: false }, undefined],
  ['nobody has ever led', { word: undefined, ...UNHEARD, startDelayMs: 0 }, 0],
  [
    'at the start, before the other one was asked',
    { word: undefined, ...UNHEARD, startDelayMs: Infinity },
    Infinity,
  ],
  [
    'at the start, and the other one has more',
    { word: undefined, ...UNHEARD, startDelayMs: 3_000 },
    3_000,
  ],
  ['the broker lets nobody say that he leads', { word: undefined }, undefined],
  ['my own will is out, and I had no standby', { word: word('offline', 'me'), ...UNHEARD }, 100],
  [
    'my own will is out, and my standby has everything',
    { word: word('offline', 'me'), ...UNHEARD, hadStandby: true },
    1_500,
  ],
  [
    'my session was taken, and nobody says that he leads',
    { word: word('offline', 'me'), ...UNHEARD, taken: true },
    10_000,
  ],
  ['my session was taken by one that leads', { taken: true }, undefined],
];

for (const [what, sight, after] of cases) {
  test(`17.2 ${what}: ${after === undefined ? 'not free' : `taken after ${after} ms`}`, () => {
    assert.equal(claimAfterMs({ ...GOOD, ...sight }), after);
  });
}

test('17.3 a gateway is not led by its own word, nor by one that is gone', () => {
  assert.equal(isLed(GOOD), true);
  assert.equal(isLed({ ...GOOD, word: word('online', 'me') }), false);
  assert.equal(isLed({ ...GOOD, word: word('offline', 'other') }), false);
  assert.equal(isLed({ ...GOOD, word: undefined }), false);
});
