// kill -9, again and again, at 1,000 signals per second from 50 devices: what was acknowledged is there exactly once,
// and the state after replay is the state before. SPEC §3, §4.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway } from '../services/gateway.ts';
import { foldedFrom, journalOf, stateOf } from '../services/ask.ts';
import { ROOM_FOR_LOAD, startLoad } from '../services/publishers.ts';
import { chance } from '../sim/random.ts';

const HALL = `${SAMPLE_YAML}${ROOM_FOR_LOAD}`;
const DEVICES = 50;
const SIGNALS_PER_SECOND = 1_000;
const KILLS = 20;
/** a gateway lives so long at least between two deaths, and up to twice that */
const LIFE_MS = 500;

test('20 × kill -9 at 1,000 signals/s: every acknowledged signal exactly once, the same state after replay', async () => {
  const dice = chance(20);
  let gateway = await startGateway({ hall: HALL });
  const { data, http, mqtt: port } = gateway;
  const load = startLoad(`mqtt://127.0.0.1:${port}`, {
    perSecond: SIGNALS_PER_SECOND,
    devices: DEVICES,
  });
  try {
    for (let death = 0; death < KILLS; death++) {
      const acknowledged = load.acknowledged.size;
      await load.more(SIGNALS_PER_SECOND * (LIFE_MS / 1000) * (1 + dice.next()));
      assert.ok(load.acknowledged.size > acknowledged, `nothing acknowledged in life ${death}`);
      await gateway.kill();
      gateway = await startGateway({ hall: HALL, data, http, mqtt: port });
    }
    await load.finish();
    const entries = await journalOf(gateway);
    const seen = new Map<string, number>();
    for (const { signal } of entries) seen.set(signal.id, (seen.get(signal.id) ?? 0) + 1);
    const lost = [...load.acknowledged].filter((id) => !seen.has(id));
    const doubled = [...seen].filter(([, count]) => count > 1);
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
    assert.equal(seen.size, load.acknowledged.size);

    const before = await stateOf(gateway);
    assert.ok(before, 'the API tells the state');
    await gateway.kill();
    gateway = await startGateway({ hall: HALL, data, http, mqtt: port });
    const after = await stateOf(gateway);
    // Clients that come back say nothing on their own, so nothing but the replay made this state.
    assert.deepEqual(after, before);
    assert.deepEqual(after, foldedFrom(entries, HALL));
  } finally {
    await load.end();
    await gateway.end();
  }
});
