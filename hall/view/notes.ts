// What the managers' page says of devices that report little: from what its numbers are estimated. SPEC §7.
import { reports } from '../reduce/infer.ts';
import type { Cutting } from './base.ts';
import type { Name } from './common.ts';
import { callerOf } from './source.ts';

export interface Note extends Name {
  /** the device */
  readonly id: string;
  readonly en: string;
}

/** One note for each caller at a window that never reports a step; absent where there is none. */
export function notes(cut: Cutting): { readonly notes: readonly Note[] } | undefined {
  const { hall, config, memory } = cut;
  const callers = new Set<string>();
  for (const { id } of config.windows) {
    for (const device of [callerOf(cut, id), hall.windows[id]?.device]) {
      if (device !== undefined) callers.add(device);
    }
  }
  const silent = [...callers].flatMap((id) => {
    const serving = reports(hall, id, 'serving');
    const ended = reports(hall, id, 'ended');
    return serving && ended ? [] : [{ id, serving, ended }];
  });
  if (silent.length === 0) return undefined;
  const key = silent.map(({ id, serving, ended }) => `${id} ${serving} ${ended}`).join();
  return memory.recall('live/notes', '', [key], () => ({ notes: silent.map(noteOf) }));
}

function noteOf({ id, serving, ended }: { id: string; serving: boolean; ended: boolean }): Note {
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
}
