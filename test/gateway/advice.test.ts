// An advice that is taken, through a real gateway: journaled, shown, harmless when repeated, there after a restart. SPEC §27.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { sendCommand } from '../services/command.ts';
import { openHallJournal } from './intake-parts.ts';
import { eventually, openTestGateway, type TestGateway } from './open.ts';

const MINUTE = 60_000;

/** A zone in which it is noon now: the day does not end while the test runs. */
function noon(): string {
  const ahead = (36 - new Date().getUTCHours()) % 24;
  return ahead > 12 ? `Etc/GMT+${24 - ahead}` : `Etc/GMT-${ahead}`;
}

const HALL = `
hall: { id: h1, name: 测试大厅, timezone: ${noon()} }
hours: { daily: ["00:00-24:00"], holidays: none }
zones: [{ id: z1, name: 等候区 }]
queues: [{ id: q1, name: 社会保险, zone: z1 }, { id: q2, name: 不动产, zone: z1 }]
windows:
  - { id: w1, label: "1", zone: z1, queues: [q1] }
  - { id: w2, label: "2", zone: z1, queues: [q2] }
devices: [{ id: disp-1, kind: dispenser }, { id: caller-1, kind: caller, window: w1 }]
`;

type Live = {
  data: {
    advices: Record<string, { kind: string; takenAt?: number }>;
    takenAdvices: { queue: string; kind: string; windows: string[] }[];
    windows: Record<string, { queues: string[] }>;
  };
};
const live = async (gateway: TestGateway) =>
  (await gateway.json<Live>('/api/v1/state?view=live')).data;

/** A data folder of a hall in which two have waited for half an hour before a window at work, and the other window is idle. */
async function pressed(): Promise<string> {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const journal = await openHallJournal(data);
  const now = Date.now();
  let count = 0;
  const tell = async (stream: string, minutes: number, fields: object) => {
    const at = now + minutes * MINUTE;
    const id = `p-${count++}`;
    await journal.append(
      [{ device: 'caller-1', stream, id, at, signal: { id, ...fields } }],
      [],
      at,
    );
  };
  for (const window of ['w1', 'w2'])
    await tell('window', -30, { type: 'state', window, state: 'idle' });
  for (const [ticket, minutes] of [
    ['A001', -29],
    ['A002', -28],
    ['A003', -27],
  ] as const)
    await tell('ticket', minutes, { type: 'issued', ticket, queue: 'q1' });
  await tell('ticket', -26, { type: 'called', ticket: 'A001', window: 'w1' });
  await tell('ticket', -25, { type: 'serving', ticket: 'A001', window: 'w1' });
  await journal.close();
  return data;
}

Deno.test(
  '27.2 an advice that is taken: journaled, followed by every view, once, and after a restart',
  async () => {
    const first = await openTestGateway({ hall: HALL, data: await pressed() });
    const given = await eventually(
      'the advice',
      async () => (await live(first)).advices['q1'] ?? null,
      (advice) => advice !== null,
    );
    equal(given?.kind, 'lend');
    const take = { id: 'take-1', queue: 'q1', kind: 'lend' };
    const answers = [];
    for (const _ of [1, 2]) answers.push(await sendCommand(first.address, 'advice.take', take));
    equal(
      answers.map(({ status }) => status),
      [200, 200],
    );
    equal(answers[0]?.body, answers[1]?.body);
    equal((await live(first)).windows['w2']?.queues, ['q2', 'q1']);
    const again = await sendCommand(first.address, 'advice.take', { queue: 'q1', kind: 'lend' });
    equal([again.status, again.body['reason']], [409, 'state']);
    const journal = await (await first.get('/api/v1/journal')).text();
    const events = journal.split('\n').filter((line) => /"device":"command"/.test(line));
    equal(events.length, 2);
    match(events[0] ?? '', /advice\.taken/);
    match(events[1] ?? '', /window\.assigned.*"until"/);
    await first.stop();
    const second = await openTestGateway({ hall: HALL, data: first.data });
    const { takenAdvices, windows } = await live(second);
    equal(
      takenAdvices.map(({ queue, kind, windows: lent }) => [queue, kind, lent]),
      [['q1', 'lend', ['w2']]],
    );
    equal(windows['w2']?.queues, ['q2', 'q1']);
    ok(
      (await second.json<{ state: { advised: unknown[] } }>('/api/v1/state')).state.advised
        .length === 1,
    );
    await second.stop();
  },
);

Deno.test('27.2 bad input of advice commands is refused in words', async () => {
  const gateway = await openTestGateway({ hall: HALL });
  for (const [fields, status, detail] of [
    [{ queue: 'q1' }, 400, /kind: is missing/],
    [{ queue: 'q1', kind: 'close' }, 400, /one of open, call, lend, watch, divert/],
    [{ queue: 'q9', kind: 'open' }, 404, /q9/],
    [{ queue: 'q1', kind: 'open' }, 409, /has no advice now/],
  ] as const) {
    const answer = await sendCommand(gateway.address, 'advice.take', fields);
    equal(answer.status, status);
    match(String(answer.body['detail']), detail);
  }
  await gateway.stop();
});
