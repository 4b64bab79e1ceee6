// Devices that were found and do not belong to the hall yet: accepted, ignored, forgotten.
import * as v from 'valibot';
import {
  conflictOf,
  CONTRACT_SOURCE,
  isAt,
  parseDevice,
  type SourceAddress,
} from '../config/accepted.ts';
import { indexHall } from '../config.ts';
import { command, type CommandEvent, type DecideContext, type Decision, refuse } from './decide.ts';

const name = v.pipe(
  v.string('should be text'),
  v.trim(),
  v.minLength(1, 'should not be empty'),
  v.maxLength(200, 'should have at most 200 characters'),
);
const addressFields = {
  /** `mqtt`, the default: it speaks the contract itself, and its address is its device id */
  source: v.optional(name, CONTRACT_SOURCE),
  address: name,
};
const audience = ['facility', 'admin'] as const;
/** They change one list: one is decided after the other. */
const orderKey = () => 'devices';

export const deviceCommands = {
  'device.accept': command({
    audience,
    summary: 'Makes a device one of the hall, at once and for good',
    fields: {
      ...addressFields,
      device: v.optional(name),
      kind: v.optional(name, 'other'),
      ...{ zone: v.optional(name), window: v.optional(name), via: v.optional(name) },
      name: v.optional(name),
    },
    orderKey,
    decide({ source, address, device: id = address, ...fields }, context): Decision {
      const { config } = context;
      const unheard = unheardOf({ source, address }, context);
      if (unheard !== undefined) return unheard;
      const isContract = source === CONTRACT_SOURCE;
      if (isContract && id !== address) {
        const detail = `device: is "${id}", should be "${address}", the name under which it publishes`;
        return refuse(400, 'field:device', detail);
      }
      const given = Object.entries(fields).filter(([, value]) => value !== undefined);
      const parsed = parseDevice({
        id,
        ...Object.fromEntries(given),
        ...(!isContract && { source, address }),
      });
      if (!parsed.ok) {
        const [field = 'device'] = parsed.problem.split(':', 1);
        return refuse(400, `field:${field === 'id' ? 'device' : field}`, parsed.problem);
      }
      const { zones, windows } = indexHall(config);
      const { zone, window } = parsed.device;
      if (zone !== undefined && !zones.has(zone)) return unknown('zone', zone, zones);
      if (window !== undefined && !windows.has(window)) return unknown('window', window, windows);
      const conflict = conflictOf(parsed.device, config);
      if (conflict !== undefined) {
        return conflict.includes('limits.')
          ? refuse(422, 'hall', conflict)
          : refuse(409, 'state', conflict);
      }
      const signal = { type: 'device.accepted', source, address, device: parsed.device } as const;
      return done({ stream: 'command', signal });
    },
  }),
  'device.ignore': command({
    audience,
    summary: 'Lists a device no more, until it is forgotten or accepted',
    fields: addressFields,
    orderKey,
    decide({ source, address }, context): Decision {
      const unheard = unheardOf({ source, address }, context);
      if (unheard !== undefined) return unheard;
      const { ignored } = context.hall.accepted;
      const most = context.config.limits.discovered_max;
      const isKnown = ignored.some((one) => isAt(one, { source, address }));
      if (!isKnown && ignored.length >= most) {
        const detail = `ignored: ${most} devices are already, should be at most so many (limits.discovered_max)`;
        return refuse(422, 'hall', detail);
      }
      return done({ stream: 'command', signal: { type: 'device.ignored', source, address } });
    },
  }),
  'device.forget': command({
    audience,
    summary: 'Undoes an acceptance or an ignore: heard again, the device is a discovered one',
    fields: addressFields,
    orderKey,
    decide({ source, address }, { hall }): Decision {
      const { devices, ignored } = hall.accepted;
      if (![...devices, ...ignored].some((one) => isAt(one, { source, address }))) {
        const detail = `address: "${address}" of ${source} was neither accepted nor ignored here`;
        return refuse(404, 'unknown:device', detail);
      }
      return done({ stream: 'command', signal: { type: 'device.forgotten', source, address } });
    },
  }),
} as const;

function done(event: CommandEvent): Decision {
  return { events: [event], result: {} };
}

/** An address that nobody has would be a slip of the pen that takes somebody's place. */
function unheardOf({ source, address }: SourceAddress, { hasHeard }: DecideContext) {
  if (hasHeard(source, address)) return undefined;
  const detail = `address: "${address}" of ${source} was not heard since the gateway's start`;
  return refuse(409, 'state', detail);
}

export function unknown(kind: string, id: string, known: ReadonlyMap<string, unknown>) {
  const some = [...known.keys()].slice(0, 6).join(', ') || 'there are none';
  return refuse(404, `unknown:${kind}`, `${kind}: is "${id}", should be one of the hall: ${some}`);
}
