// What `npm start` decides before anything runs: settings, the demo's day and zone, and the narrow permissions.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { demoDay, leaveDemo, morningZone } from '../../gateway/start/demo.mjs';
import { addressOf, deviceArguments, gatewayArguments } from '../../gateway/start/permissions.mjs';
import { readSettings } from '../../gateway/start/settings.mjs';

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2026, 4, 12, 12, 34, 56);

/** "HH:MM" in a zone. */
function clock(at: number, timeZone: string): string {
  return new Date(at).toLocaleTimeString('sv-SE', { timeZone, timeStyle: 'short' });
}

/** Runs with a data folder that is gone afterwards. */
function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-start-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function touch(folder: string, ...names: string[]): void {
  for (const name of names) writeFileSync(join(folder, name), 'x');
}

test('demo: whatever the hour, it is 10:xx in the hall', () => {
  for (let hours = 0; hours < 24; hours++) {
    const now = Date.UTC(2026, 4, 12, hours, 34);
    assert.equal(clock(now, morningZone(now)), '10:34', `at ${hours} h UTC: ${morningZone(now)}`);
  }
});

test('demo: a start later in the same open morning goes on with the day and its data', () => {
  withFolder((folder) => {
    const first = demoDay(folder, 1, noon);
    touch(folder, 'journal.sqlite');
    assert.deepEqual(demoDay(folder, 1, noon + hour / 2), first);
    assert.deepEqual(readdirSync(folder).sort(), ['demo.json', 'journal.sqlite']);
    assert.equal(demoDay(folder, 1, noon + 4 * hour).startedAt, noon, 'in the afternoon (14:34)');
  });
});

test('demo: a new day begins at lunch, in the evening, on another date, and at another pace', () => {
  const starts: [number, number][] = [
    [noon + 2 * hour, 1],
    [noon + 8 * hour, 1],
    [noon + day, 1],
    [noon, 60],
  ];
  for (const [now, pace] of starts) {
    withFolder((folder) => {
      demoDay(folder, 1, noon);
      touch(
        folder,
        'journal.sqlite',
        'journal.sqlite-wal',
        'history.sqlite',
        'history-2026-05.sqlite',
        'rollup.sqlite',
        'rollup-influx.sqlite-wal',
        'backfill.json',
        'accepted-devices.yaml',
        'hall.json',
      );
      touch(folder, 'journal.sqlite.damaged-1', 'notes.txt');
      const begun = demoDay(folder, pace, now);
      assert.deepEqual(begun, { timezone: morningZone(now), pace, startedAt: now });
      assert.deepEqual(readdirSync(folder).sort(), [
        'demo.json',
        'journal.sqlite.damaged-1',
        'notes.txt',
      ]);
      assert.deepEqual(JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')), begun);
    });
  }
});

test('demo: one that ran faster than real time never goes on', () => {
  withFolder((folder) => {
    demoDay(folder, 60, noon);
    assert.equal(demoDay(folder, 60, noon + 1000).startedAt, noon + 1000);
    assert.equal(demoDay(folder, 1, noon + 2000).startedAt, noon + 2000);
  });
});

test('demo: a real hall’s data are never touched, and a real hall starts without the demo’s', () => {
  withFolder((folder) => {
    touch(folder, 'journal.sqlite');
    assert.throws(() => demoDay(folder, 1, noon), /real hall.*--data DIR/);
    assert.deepEqual(readdirSync(folder), ['journal.sqlite']);
    leaveDemo(folder);
    assert.deepEqual(readdirSync(folder), ['journal.sqlite']);
  });
  withFolder((folder) => {
    demoDay(folder, 1, noon);
    touch(folder, 'journal.sqlite');
    leaveDemo(folder);
    assert.deepEqual(readdirSync(folder), []);
  });
});

test('settings: flag, then environment, then default', () => {
  const none = readSettings([], {});
  assert.equal(none.hall, undefined);
  assert.deepEqual([none.http, none.mqtt, none.pace], ['127.0.0.1:8080', '127.0.0.1:1883', '1']);
  const env = { HALLCAST_HALL: '/h/env.yaml', HALLCAST_HTTP: '0.0.0.0:1', HALLCAST_BROKER: '' };
  const some = readSettings(['--http', '0.0.0.0:2', '--data=/d', '--pace=5'], env);
  assert.deepEqual(
    [some.hall, some.http, some.data, some.pace, some.broker],
    ['/h/env.yaml', '0.0.0.0:2', '/d', '5', undefined],
  );
});

test('permissions: each named, none for everything', () => {
  const settings = readSettings(
    ['--hall', '/etc/hall/h1.yaml', '--data', '/var/hall', '--http', '0.0.0.0:80'],
    { HALLCAST_BROKER: 'mqtts://user:word@broker.example', HALLCAST_INFLUX: 'http://db:8086' },
  );
  const gateway = gatewayArguments(settings);
  assert.ok(gateway.includes('--allow-net=0.0.0.0:80,broker.example:8883,db:8086'));
  assert.ok(gateway.includes('--allow-write=/var/hall'));
  for (const words of [gateway, deviceArguments('127.0.0.1:1883')]) {
    for (const word of words.filter((each) => each.startsWith('--allow'))) {
      assert.match(word, /^--allow-(net|read|write|env|sys)=./);
    }
    assert.ok(words.includes('--no-prompt') && words.includes('--ignore-env'));
    assert.doesNotMatch(words.join(' '), / -A |allow-all|allow-run|allow-ffi|user:word/);
  }
  assert.ok(deviceArguments('127.0.0.1:1883').includes('--allow-net=127.0.0.1:1883'));
  const readable = (words: readonly string[]) => words.find((word) => /^--allow-read=/.test(word));
  assert.match(readable(gateway) ?? '', /,\/etc\/hall,\/var\/hall$/);
  assert.match(readable(gatewayArguments(readSettings(['--data', '/d'], {}))) ?? '', /\/demo,\/d$/);
  assert.match(readable(deviceArguments('127.0.0.1:1883')) ?? '', /=[^,]*\/demo$/);
});

test('permissions: the address of a URL has its usual port', () => {
  assert.equal(addressOf('ws://b'), 'b:80');
  assert.equal(addressOf('wss://b/mqtt'), 'b:443');
  assert.equal(addressOf('mqtt://b:99'), 'b:99');
  assert.equal(addressOf('https://[::1]'), '[::1]:443');
  for (const none of ['b', 'localhost:8086', 'foo://x', '127.0.0.1:8086']) {
    assert.equal(addressOf(none), undefined, none);
  }
});

test('permissions: what is no address is left to the gateway to refuse, and opens nothing', () => {
  const settings = readSettings(
    ['--hall', 'h.yaml', '--http', '0.0.0.0:99999', '--mqtt', 'nowhere', '--influx', 'db:8086'],
    {},
  );
  const words = gatewayArguments(settings);
  assert.equal(
    words.some((word) => word.startsWith('--allow-net')),
    false,
  );
  assert.ok(words.includes('--no-prompt'));
});
