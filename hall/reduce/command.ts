// Events of commands that no device could send: which devices were accepted or are ignored, which queues a window has,
// which files were uploaded, which advices were taken. SPEC §22, §23.10, §27.
import { ADVISED_MAX, type AdviceDecision } from '../command/advised.ts';
import type { CommandEntry } from '../command/event.ts';
import { isAt } from '../config/accepted.ts';
import type { Hall } from '../state.ts';
import { remove, set } from '../table.ts';
import { present } from './step.ts';

export function reduceCommand(
  hall: Hall,
  { signal, at }: Pick<CommandEntry, 'signal' | 'at'>,
): Hall {
  const { devices, ignored } = hall.accepted;
  switch (signal.type) {
    case 'device.accepted':
      return {
        ...hall,
        accepted: {
          devices: [...devices.filter((one) => !isAt(one, signal)), signal.device],
          ignored: ignored.filter((one) => !isAt(one, signal)),
        },
      };
    case 'device.ignored': {
      const { source, address } = signal;
      if (ignored.some((one) => isAt(one, signal))) return hall;
      return { ...hall, accepted: { devices, ignored: [...ignored, { source, address }] } };
    }
    case 'device.forgotten':
      return {
        ...hall,
        accepted: {
          devices: devices.filter((one) => !isAt(one, signal)),
          ignored: ignored.filter((one) => !isAt(one, signal)),
        },
      };
    case 'window.assigned': {
      const { window, queues, until } = signal;
      const { [window]: _before, ...others } = hall.assigned;
      if (queues === undefined) return { ...hall, assigned: others };
      const assigned = { queues, ...(until !== undefined && { until }) };
      return { ...hall, assigned: { ...others, [window]: assigned } };
    }
    case 'advice.taken': {
      const { queue, kind, windows, wait_min: waitMin, expected_min: expectedMin } = signal;
      const decision = { queue, kind, windows, taken: true, at };
      return advised(hall, { ...decision, ...present({ waitMin, expectedMin }) });
    }
    case 'advice.dismissed': {
      const { queue, kind } = signal;
      return advised(hall, { queue, kind, windows: [], taken: false, at });
    }
    case 'content.uploaded': {
      const { hash, bytes, media_type: mediaType, name } = signal;
      const upload = { bytes, mediaType, ...present({ name }), at };
      return { ...hall, uploads: set(hall.uploads, hash, upload) };
    }
    case 'content.removed': {
      const uploads = remove(hall.uploads, signal.hash);
      return uploads === hall.uploads ? hall : { ...hall, uploads };
    }
  }
}

function advised(hall: Hall, decision: AdviceDecision): Hall {
  return { ...hall, advised: [...hall.advised, decision].slice(-ADVISED_MAX) };
}

/** Assignments whose time is over are those of the hall file again. */
export function endAssignments(hall: Hall, now: number): Hall {
  const isOver = ({ until }: { readonly until?: number }) => until !== undefined && until <= now;
  if (!Object.values(hall.assigned).some(isOver)) return hall;
  const left = Object.entries(hall.assigned).filter(([, one]) => !isOver(one));
  return { ...hall, assigned: Object.fromEntries(left) };
}
