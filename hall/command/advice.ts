// What a manager does with an advice: takes it, or says no. What an advice asks of people who are not there, a click cannot do:
// only windows that are open get the queue; the others are asked for, and open when their own devices say so. SPEC §27.
import * as v from 'valibot';
import type { Advice } from '../advice.ts';
import { indexHall } from '../config.ts';
import { own } from '../own.ts';
import type { Hall } from '../state.ts';
import { ID_PATTERN } from '../topic.ts';
import { cutting } from '../view/cut.ts';
import { advices } from '../view/part/advices.ts';
import { command, refuse, type CommandEvent, type Decision, type DecideContext } from './decide.ts';
import { unknown } from './device.ts';

const MINUTE_MS = 60_000;
const ADVICE_KINDS = ['open', 'call', 'lend', 'watch', 'divert'] as const;

const fields = {
  queue: v.pipe(v.string('should be text'), v.regex(ID_PATTERN, 'should be an id: a–z 0–9 -')),
  /** as the person saw it: another one by now is not taken unseen */
  kind: v.picklist(ADVICE_KINDS, `should be one of ${ADVICE_KINDS.join(', ')}`),
};
const orderKey = ({ queue }: { readonly queue: string }) => `advice ${queue}`;

export const adviceCommands = {
  'advice.take': command({
    audience: ['manager', 'admin'],
    summary:
      'Takes the advice of a queue: idle windows are lent to it for a while, others are asked for',
    fields,
    orderKey,
    decide({ queue, kind }, context): Decision {
      const given = givenAdvice(queue, kind, context);
      if ('refused' in given) return given;
      const { waitMin, expectedMin, windows } = given;
      const minutes = {
        ...(waitMin !== undefined && { wait_min: waitMin }),
        ...(expectedMin !== undefined && { expected_min: expectedMin }),
      };
      const signal = { type: 'advice.taken', queue, kind, windows: [...windows], ...minutes };
      const taken = { stream: 'command', signal } as CommandEvent;
      const lent = kind === 'lend' ? windows.flatMap((id) => lend(id, queue, context)) : [];
      return { events: [taken, ...lent], result: { windows, ...minutes } };
    },
  }),
  'advice.dismiss': command({
    audience: ['manager', 'admin'],
    summary: 'Does not take the advice of a queue: it is not given again for a while',
    fields,
    orderKey,
    decide({ queue, kind }, context): Decision {
      const given = givenAdvice(queue, kind, context);
      if ('refused' in given) return given;
      const signal = { type: 'advice.dismissed', queue, kind } as const;
      return { events: [{ stream: 'command', signal }], result: {} };
    },
  }),
} as const;

/** The advice that stands now, if it is the one that the person saw and nobody has taken it. */
function givenAdvice(
  queue: string,
  kind: Advice['kind'],
  { hall, config, now }: DecideContext,
): Advice | ReturnType<typeof refuse> | ReturnType<typeof unknown> {
  const { queues } = indexHall(config);
  if (!queues.has(queue)) return unknown('queue', queue, queues);
  const given = own(advices(cutting(hall, config, now)), queue);
  if (given === undefined) {
    return refuse(409, 'state', `queue: "${queue}" has no advice now`);
  }
  if (given.kind !== kind) {
    return refuse(409, 'state', `kind: the advice is "${given.kind}" by now, not "${kind}"`);
  }
  if (given.takenAt !== undefined) {
    return refuse(409, 'state', `queue: the advice of "${queue}" is taken already`);
  }
  return given;
}

/** The window serves the queue beside its own for a while; whoever has it for longer keeps it. */
function lend(id: string, queue: string, { hall, config, now }: DecideContext): CommandEvent[] {
  const window = indexHall(config).windows.get(id);
  if (window === undefined || window.queues.includes(queue)) return [];
  const before: Hall['assigned'][string] | undefined = own(hall.assigned, id);
  const until = now + config.advice.lend_min * MINUTE_MS;
  const isForGood = before !== undefined && before.until === undefined;
  return [
    {
      stream: 'command',
      signal: {
        ...{ type: 'window.assigned', window: id, queues: [...window.queues, queue] },
        ...(!isForGood && { until: Math.max(until, before?.until ?? 0) }),
      },
    },
  ];
}
