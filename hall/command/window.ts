// Windows as people at work set them: their state, and which queues they serve.
import * as v from 'valibot';
import { indexHall } from '../config.ts';
import { instant, SCHEMAS } from '../signal.ts';
import { ID_PATTERN } from '../topic.ts';
import { command, type Decision, refuse } from './decide.ts';
import { unknown } from './device.ts';

const hallId = v.pipe(
  v.string('should be text'),
  v.regex(ID_PATTERN, 'should be an id: a–z 0–9 -'),
);
const { state, staff, substitute, reason } = SCHEMAS.window.state.entries;
const orderKey = ({ window }: { readonly window: string }) => `window ${window}`;

export const windowCommands = {
  'window.set': command({
    audience: ['clerk', 'manager', 'admin'],
    summary: 'Says what a window does: as its own device would',
    fields: { window: hallId, ...{ state, staff, substitute, reason } },
    orderKey,
    decide({ window, ...rest }, { config }): Decision {
      const { windows } = indexHall(config);
      if (!windows.has(window)) return unknown('window', window, windows);
      const given = Object.fromEntries(
        Object.entries(rest).filter(([, value]) => value !== undefined),
      ) as typeof rest;
      const signal = { type: 'state', window, ...given } as const;
      return { events: [{ stream: 'window', signal }], result: {} };
    },
  }),
  'window.assign': command({
    audience: ['manager', 'admin'],
    summary:
      "Gives a window other queues, for now or until a time; without `queues` the hall file's again",
    fields: {
      window: hallId,
      queues: v.optional(v.pipe(v.array(hallId, 'should be a list of queues'), v.maxLength(200))),
      until: v.optional(instant),
    },
    orderKey,
    decide({ window, queues, until }, { config, now }): Decision {
      const index = indexHall(config);
      const known = index.windows.get(window);
      if (known === undefined) return unknown('window', window, index.windows);
      for (const queue of queues ?? []) {
        if (!index.queues.has(queue)) return unknown('queue', queue, index.queues);
      }
      if (known.role === 'back' && queues !== undefined && queues.length > 0) {
        const detail = `window: "${window}" is a back window, which serves no queue`;
        return refuse(422, 'hall', detail);
      }
      if (until !== undefined && until <= now) {
        return refuse(400, 'field:until', `until: is ${until}, should be later than now (${now})`);
      }
      const signal = {
        ...{ type: 'window.assigned' as const, window },
        ...(queues && { queues: [...new Set(queues)] }),
        ...(queues && until !== undefined && { until }),
      };
      return { events: [{ stream: 'command', signal }], result: {} };
    },
  }),
} as const;
