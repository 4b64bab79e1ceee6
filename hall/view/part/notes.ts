// What the managers' page says of its own numbers: from what they are estimated, and which trouble they may suffer from.
// SPEC §7.10.
import type { HallConfig } from '../../config.ts';
import type { Fault } from '../../fault.ts';
import type { FaultKind } from '../../fault/kinds.ts';
import { includesStep } from '../../reduce/infer.ts';
import type { DeviceLive, Hall } from '../../state.ts';
import { get } from '../../table.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo, weakMemo } from '../memo.ts';
import { callersOf } from './freshness.ts';

export interface Note extends Name {
  /** the device */
  readonly id: string;
  readonly en: string;
}

/** Trouble of which the numbers of the page may suffer: the gateway's own, wrong clocks, doubtful alarms, full limits. */
export interface Trouble {
  readonly id: string;
  readonly since: number;
  readonly title: Name;
  readonly action: Name;
}

/**
 * Faults that make numbers of the page wrong, or say that they were corrected. A line that is down (`network`) and pages
 * that anybody may open (`access`) change no number: they stand on the devices page alone.
 */
export const TROUBLES: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'gateway',
  'clock',
  'identity',
  'emergency',
  'budget',
  'hall-file',
]);

type Steps = NonNullable<DeviceLive['steps']>;

/** Absent where there is none. */
export const trouble = part('hall', ({ gatewayStatus, memory }) =>
  troubleOf(memory, '', gatewayStatus.faults),
);

const troubleOf = memo((faults: readonly Fault[] = []): readonly Trouble[] | undefined => {
  const found = faults.filter(({ kind }) => TROUBLES.has(kind));
  if (found.length === 0) return undefined;
  return found.map(({ id, since, title, action }) => ({ id, since, title, action }));
});

/** One note for each caller at a window that never reports a step; absent where there is none. */
export const notes = part('hall', ({ hall, config, memory }) => {
  const found: Note[] = [];
  for (const id of sendersOf(memory, '', config, hall.windows)) {
    const steps = get(hall.devices, id)?.steps;
    const note = steps && noteOf(steps, id);
    if (note) found.push(note);
  }
  return found.length === 0 ? undefined : notesOf(memory, '', ...found);
});

const sendersOf = memo((config: HallConfig, live: Hall['windows']): readonly string[] => {
  const callers = callersOf(config);
  const ids = config.windows.flatMap(({ id }) => [callers.get(id), live[id]?.device]);
  return [...new Set(ids.filter((id) => id !== undefined))];
});

const notesOf = memo((...notes: readonly Note[]) => notes);

const noteOf = weakMemo((steps: Steps, id: string): Note | undefined => {
  const serving = includesStep(steps, 'serving');
  const ended = includesStep(steps, 'ended');
  if (serving && ended) return undefined;
  if (!serving && !ended) {
    return {
      id,
      zh: `${id} 只上报叫号：等候与办理时长为推算值`,
      en: `${id} reports calls alone: waits and service times are estimated`,
    };
  }
  return ended
    ? {
        id,
        zh: `${id} 不上报“开始办理”：等候与办理时长为推算值`,
        en: `${id} does not report when service begins: waits and service times are estimated`,
      }
    : {
        id,
        zh: `${id} 不上报“办结”：办理时长为推算值`,
        en: `${id} does not report completions: service times are estimated`,
      };
});
