// The gateway's end of a thread that answers questions: what is refused, what a dead thread does to its questions, the new start.
import { deepStrictEqual as equal, match, rejects } from 'node:assert/strict';
import { Thread } from '../../gateway/thread.ts';

type Job =
  | { kind: 'open' | 'close' | 'die' }
  | { kind: 'ask'; id: number; what: 'double' | 'fault' | 'mistake' | 'silence'; of?: number };
interface Own {
  kind: 'opened';
}

const SCRIPT = new URL(
  `data:text/javascript,${encodeURIComponent(`
    onmessage = ({ data: { kind, id, what, of } }) => {
      if (kind === 'open') postMessage({ kind: 'opened' });
      if (kind === 'close') postMessage({ kind: 'closed' });
      if (kind === 'die') throw new Error('on purpose');
      if (what === 'double') postMessage({ kind: 'answer', id, answer: 2 * of });
      if (what === 'fault') postMessage({ kind: 'failed', id, message: 'a bad question', question: true });
      if (what === 'mistake') postMessage({ kind: 'failed', id, message: 'a bad disk', question: false });
    };
  `)}`,
);

/** A thread whose openings and deaths can be waited for. */
function open(questionsMax: number) {
  let onOpened = () => {};
  let onDied = (_message: string) => {};
  const opened = () => new Promise<void>((resolve) => (onOpened = resolve));
  const died = () => new Promise<string>((resolve) => (onDied = resolve));
  const first = opened();
  const thread = new Thread<Job, Own>({
    ...{ stage: 'facts', script: SCRIPT, questionsMax, stopMs: 5_000 },
    ...{ opening: () => ({ kind: 'open' }), close: { kind: 'close' } },
    refusal: (message) => new RangeError(message),
    onReport: () => onOpened(),
    onDeath: (message) => onDied(message),
  });
  const ask = (what: 'double' | 'fault' | 'mistake' | 'silence', of?: number) =>
    thread.ask<number>((id) => ({ kind: 'ask', id, what, ...(of !== undefined && { of }) }));
  return { thread, ask, first, opened, died };
}

Deno.test(
  'thread: answers, faults of the question, failures, and no more than may wait',
  async () => {
    const { thread, ask, first } = open(2);
    await first;
    equal(await Promise.all([ask('double', 1), ask('double', 2)]), [2, 4]);
    await rejects(ask('fault'), { name: 'RangeError', message: 'a bad question' });
    await rejects(ask('mistake'), { name: 'Error', message: 'a bad disk' });
    const ends = [ask('silence'), ask('silence')].map((waiting) =>
      rejects(waiting, /^Error: facts: the gateway stops$/),
    );
    await rejects(ask('double', 3), /facts: 2 questions are waiting already/);
    await thread.stop();
    await Promise.all(ends);
  },
);

Deno.test('thread: a dead one rejects its questions and is started again', async () => {
  const { thread, ask, first, opened, died } = open(2);
  await first;
  const death = died();
  const again = opened();
  const waiting = rejects(ask('silence'), /facts: the thread is starting again/);
  thread.post({ kind: 'die' });
  match(await death, /^facts thread: died: .*on purpose/);
  await waiting;
  equal([thread.isRunning, thread.restarts], [false, 1]);
  await rejects(ask('double', 1), /facts: the thread is starting again/);
  await again;
  equal(await ask('double', 4), 8);
  await thread.stop();
});
