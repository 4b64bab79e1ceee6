// Events of commands that no device could send: which devices were accepted or are ignored, which queues a window has. SPEC §22.
import type { CommandSignal } from '../command/event.ts';
import { isAt } from '../config/accepted.ts';
import type { Hall } from '../state.ts';

export function reduceCommand(hall: Hall, signal: CommandSignal): Hall {
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
  }
}

/** Assignments whose time is over are those of the hall file again. */
export function endAssignments(hall: Hall, now: number): Hall {
  const isOver = ({ until }: { readonly until?: number }) => until !== undefined && until <= now;
  if (!Object.values(hall.assigned).some(isOver)) return hall;
  const left = Object.entries(hall.assigned).filter(([, one]) => !isOver(one));
  return { ...hall, assigned: Object.fromEntries(left) };
}
