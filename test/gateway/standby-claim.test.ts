// Who may take the session, and when. SPEC 17.2, 17.3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Cause,
  claimAfterMs,
  isLed,
  type Sight,
  startDelayMs,
} from '../../gateway/standby/claim.ts';
import type { StateMessage } from '../../gateway/standby/state-message.ts';

const said = (state: StateMessage['state'], run: string, attached?: boolean): StateMessage => ({
  ...{ state, run, gateway: run },
  ...(attached !== undefined && { attached }),
});

/** A standby that has everything, under a leader that works. */
const GOOD: Sight = {
  run: 'me',
  sees: true,
  message: said('online', 'other', true),
  messageMs: 500,
  lastOnline: said('online', 'other', true),
  heardMs: 500,
  completeMs: 500,
  hadStandby: false,
  keepAliveMs: 3_000,
  patienceMs: 10_000,
};
const BEHIND = { lastOnline: said('online', 'other', false), completeMs: 60_000 };
const UNHEARD = { heardMs: 60_000 };

const start = (delayMs: number): Cause => ({ is: 'start', delayMs });
const TAKEN: Cause = { is: 'taken' };
const LED: Cause = { is: 'led' };

const cases: [what: string, sight: Partial<Sight>, after: number | undefined, cause?: Cause][] = [
  ['somebody leads', {}, undefined],
  ['its last will is out', { message: said('offline', 'other') }, 250],
  ['the same, but this one is behind', { message: said('offline', 'other'), ...BEHIND }, 2_000],
  [
    'the same, attached by the link though not yet by the message',
    { message: said('offline', 'other'), ...BEHIND, completeMs: 900 },
    250,
  ],
  ['it is silent at the broker, and here', { messageMs: 6_000, ...UNHEARD }, 250],
  ['it is silent at the broker, but can be heard', { messageMs: 6_000 }, undefined],
  ['it is slow, but not silent', { messageMs: 5_000, ...UNHEARD }, undefined],
  ['the broker cannot be seen', { message: said('offline', 'other'), sees: false }, undefined],
  ['nobody has ever led', { message: undefined, ...UNHEARD }, 0, start(0)],
  [
    'at the start, before the other one was asked',
    { message: undefined, ...UNHEARD },
    Infinity,
    start(Infinity),
  ],
  [
    'at the start, and the other one has more',
    { message: undefined, ...UNHEARD },
    3_000,
    start(3_000),
  ],
  ['the broker lets nobody say that he leads', { message: undefined }, undefined],
  ['my own will is out, and I had no standby', { message: said('offline', 'me'), ...UNHEARD }, 100],
  [
    'my own will is out, and my standby has everything',
    { message: said('offline', 'me'), ...UNHEARD, hadStandby: true },
    1_500,
  ],
  [
    'my session was taken, and nobody says that he leads',
    { message: said('offline', 'me'), ...UNHEARD },
    10_000,
    TAKEN,
  ],
  ['my session was taken by one that leads', {}, undefined, TAKEN],
];

for (const [what, sight, after, cause = LED] of cases) {
  test(`17.2 ${what}: ${after === undefined ? 'not free' : `taken after ${after} ms`}`, () => {
    assert.equal(claimAfterMs({ ...GOOD, ...sight }, cause), after);
  });
}

test('17.3 a gateway is not led by its own message, nor by one that is gone', () => {
  assert.equal(isLed(GOOD), true);
  assert.equal(isLed({ ...GOOD, message: said('online', 'me') }), false);
  assert.equal(isLed({ ...GOOD, message: said('offline', 'other') }), false);
  assert.equal(isLed({ ...GOOD, message: undefined }), false);
});

test('17.2 at a start the gateway whose journal goes further is first, and of two alike either one', () => {
  const at = (seq: number, letter = 0) => ({ seq, letter });
  assert.equal(startDelayMs(at(5), undefined, 3_000), 0);
  assert.equal(startDelayMs(at(5), at(4, 9), 3_000), 0);
  assert.equal(startDelayMs(at(5), at(6), 3_000), 3_000);
  assert.equal(startDelayMs(at(5), at(5, 1), 3_000), 3_000);
  const alike = startDelayMs(at(5), at(5), 3_000);
  assert.ok(alike >= 0 && alike < 900);
});
