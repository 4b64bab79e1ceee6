// `npm run backfill` as an operator runs it: into an empty history, again, interrupted, beside a gateway, into InfluxDB.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { denoPath } from '../../gateway/start/install.mjs';
import { backfillArguments } from '../../gateway/start/permissions.mjs';
import { openJournal, type Journal } from '../../gateway/journal.ts';
import { startGateway } from '../services/gateway.ts';
import { startInflux } from '../services/influx.ts';
import { connectDevice, eventually, HALL, openTestGateway, publish } from './open.ts';

const SIGNALS = 60_000;
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** Long enough ago that no hour of it goes on. */
const T0 = Date.UTC(2026, 2, 2, 1);

interface Place {
  readonly data: string;
  readonly hall: string;
}

/** A data folder with an empty journal, which `fill` fills. */
async function folder(fill: (journal: Journal) => Promise<void>): Promise<Place> {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const hall = `${data}/hall.yaml`;
  Deno.writeTextFileSync(hall, HALL);
  const onError = (error: unknown) => {
    throw error;
  };
  const journal = await openJournal({ file: `${data}/journal.sqlite`, hall: 'h1', onError });
  await fill(journal);
  await journal.close();
  return { data, hall };
}

/** Its journal has signals of some weeks; there is no history. */
const journaled = () => folder(evaluations);

async function evaluations(journal: Journal): Promise<void> {
  for (let first = 0; first < SIGNALS; first += 4_000) {
    const count = Math.min(4_000, SIGNALS - first);
    const drafts = Array.from({ length: count }, (_, index) => {
      const [id, at] = [`e-${first + index}`, T0 + (first + index) * MINUTE];
      const signal = { type: 'submitted', id, at, window: 'w1', level: ((first + index) % 5) + 1 };
      return { device: 'pad-1', stream: 'evaluation', id, at, signal };
    });
    await journal.append(drafts, [], T0 + (first + count) * MINUTE);
  }
}

/** Of three days ten visits each. */
async function visits(journal: Journal): Promise<void> {
  for (let index = 0; index < 30; index++) {
    const begin = T0 + Math.floor(index / 10) * DAY + (index % 10) * 20 * MINUTE;
    const steps = [
      { type: 'issued', after: 0, queue: 'q1' },
      { type: 'serving', after: 5, window: 'w1' },
      { type: 'completed', after: 15, window: 'w1' },
    ];
    for (const { after, ...step } of steps) {
      const [id, at] = [`${index}-${step.type}`, begin + after * MINUTE];
      const signal = { ...step, id, at, ticket: `A${index}` };
      await journal.append([{ device: 'call-1', stream: 'ticket', id, at, signal }], [], at);
    }
  }
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** @param seen called with all that was printed so far */
async function backfill(
  { data, hall }: Place,
  {
    influx,
    flags = [],
    seen,
  }: {
    influx?: string;
    flags?: string[];
    seen?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Ran> {
  const settings = { hall, data, http: '', mqtt: '', broker: undefined, influx, pace: '1' };
  const given = influx === undefined ? [] : ['--influx', influx];
  const words = [...backfillArguments(settings), '--hall', hall, '--data', data, ...given];
  const child = spawn(denoPath(), [...words, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const hear = (text: unknown): void => {
    output += String(text);
    seen?.(output, (signal) => child.kill(signal));
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

interface Rows {
  readonly rows: readonly { readonly value: number; readonly n: number }[];
}

const FROM = T0;
const TO = T0 + SIGNALS * MINUTE;

Deno.test('backfill: fills an empty history, and a second run changes nothing', async () => {
  const place = await journaled();
  const first = await backfill(place);
  equal(first.code, 0, first.output);
  match(first.output, /done: 60,000 signals; 60,000 points written, 0 refused; .*\/s/);
  const second = await backfill(place);
  match(second.output, /done: 60,000 signals; 60,000 points written/);
  const gateway = await openTestGateway({ data: place.data });
  const ask = (query: string) =>
    gateway.json<Rows>(`/api/v1/history?measurement=evaluation&from=${FROM}&to=${TO}&${query}`);
  equal((await ask('aggregate=count')).rows[0]?.value, SIGNALS);
  equal((await ask('aggregate=mean&field=level')).rows[0]?.value, 3);
  equal((await ask('calendar=day')).rows.length, 43);
  equal(await gateway.metric('hallcast_history_written_total'), 0, 'the gateway had nothing to do');
  await gateway.stop();
});

Deno.test(
  'backfill: interrupted it goes on where it was, and a gateway may run beside it',
  async () => {
    const place = await journaled();
    let told = false;
    const stopped = await backfill(place, {
      seen: (_output, kill) => {
        if (!told) kill('SIGINT');
        told = true;
      },
    });
    // 130 after a SIGINT is told as the signal here.
    equal(stopped.code, null, stopped.output);
    match(stopped.output, /stopped at [\d,]+ of 60,000 signals; run it again to go on/);
    ok(!stopped.output.includes('stopped at 60,000'), stopped.output);

    const gateway = await openTestGateway({ data: place.data });
    const device = await connectDevice(gateway, 'disp-1');
    const ended = backfill(place);
    for (let number = 0; number < 50; number++) {
      const signal = { type: 'issued', id: `i-${number}`, ticket: `A${number}`, queue: 'q1' };
      await publish(device, 'ticket', signal);
    }
    const { code, output } = await ended;
    equal(code, 0, output);
    match(
      output,
      /done: 60,0\d\d signals, [\d,]+ of them by an earlier run; [\d,]+ points written, 0 ref/,
    );
    const rows = (query: string) => gateway.json<Rows>(`/api/v1/history?${query}`);
    const whole = `measurement=evaluation&from=${FROM}&to=${TO}`;
    await eventually(
      'what the gateway writes itself',
      () => gateway.metric('hallcast_history_pending'),
      (pending) => pending === 0,
    );
    equal((await rows(whole)).rows[0]?.value, SIGNALS, 'each once, whoever wrote it first');
    equal((await rows('measurement=ticket')).rows[0]?.value, 50);
    ok(!gateway.lines.some((line) => line.includes('"level":"error"')), gateway.lines.join('\n'));
    await device.endAsync();
    await gateway.stop();
  },
);

Deno.test('backfill: into an empty InfluxDB, from a date on', async () => {
  const influx = await startInflux();
  try {
    const place = await journaled();
    const { code, output } = await backfill(place, {
      influx: influx.url,
      flags: ['--from', '2026-03-20'],
    });
    equal(code, 0, output);
    const day = Date.UTC(2026, 2, 19, 16);
    const count = 'SELECT count(entry) AS n FROM evaluation';
    const [row] = await influx.ask(`${count} WHERE time >= ${day}ms`, 'hallcast');
    equal(row?.['n'], (TO - day) / MINUTE, output);
    match(output, /done: 36,000 signals; 36,000 points/, 'they arrived 4,000 at a time');
    const again = await backfill(place, { influx: influx.url });
    equal(again.code, 0, again.output);
    equal((await influx.ask(count, 'hallcast'))[0]?.['n'], SIGNALS);
  } finally {
    await influx.end();
  }
});

Deno.test(
  '10.6 backfill: visits and hours into an InfluxDB: as the gateway writes them, once, from a date on',
  async () => {
    const [influx, place] = await Promise.all([startInflux(), folder(visits)]);
    const rows = async (of: string, when = '') =>
      await influx
        .ask(`SELECT * FROM "hallcast_facts"."${of}" ${when}`, 'hallcast')
        .catch(() => []);
    const facts = async () => [await rows('visit'), await rows('hour')] as const;
    try {
      const before = await backfill(place, { influx: influx.url });
      equal(before.code, 0, before.output);
      match(before.output, /there is no .*facts\.sqlite yet: the gateway writes visits/);

      const gateway = await startGateway({ hall: HALL, influx: influx.url, data: place.data });
      await eventually(
        'visits',
        () => rows('visit'),
        ({ length }) => length === 30,
      );
      await gateway.stop();
      const again = await startGateway({ hall: HALL, influx: influx.url, data: place.data });
      // The sums of hours stand in the file since the stop.
      const own = await eventually('hours', facts, ([, { length }]) => length > 0);
      await again.stop();
      await influx.ask('DROP DATABASE "hallcast"');

      for (const run of ['into an empty database', 'once more']) {
        const { code, output } = await backfill(place, { influx: influx.url });
        equal(code, 0, output);
        match(output, /visits and sums of hours done: [1-9]\d* written, 0 refused/);
        equal(await facts(), own, run);
      }

      await influx.ask('DROP DATABASE "hallcast"');
      const { output } = await backfill(place, {
        influx: influx.url,
        flags: ['--from', '2026-03-03'],
      });
      match(output, /visits and sums of hours done/);
      const second = Date.UTC(2026, 2, 2, 16);
      const late = (row: Record<string, unknown>) => Number(row['time']) >= second;
      equal((await rows('visit')).length, 20);
      equal(await facts(), [own[0].filter(late), own[1].filter(late)]);

      const last = await startGateway({ hall: HALL, influx: influx.url, data: place.data });
      await eventually(
        'the rest',
        () => rows('visit'),
        ({ length }) => length === 30,
      );
      await last.stop();
    } finally {
      await influx.end();
    }
  },
);
