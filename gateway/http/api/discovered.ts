// Devices that were found and do not belong to the hall yet, and those that joined or are ignored. Commands change them.
import * as v from 'valibot';
import { DEVICE_KINDS } from '../../../hall/config/kinds.ts';
import { effectiveHall } from '../../../hall/effective-hall.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import type { ApiParts } from './parts.ts';

const integer = v.pipe(v.number(), v.integer());

const discoveredSchema = v.object({
  ...{ source: v.string(), address: v.string(), suggested_id: v.string() },
  name: v.optional(v.string()),
  vendor: v.optional(v.string()),
  model: v.optional(v.string()),
  kind: v.optional(v.picklist(DEVICE_KINDS)),
  available: v.optional(v.boolean()),
  ...{ first_seen: integer, last_seen: integer, messages: integer },
  sample: v.optional(v.string()),
});
const deviceSchema = v.looseObject({ id: v.string(), kind: v.picklist(DEVICE_KINDS) });
const addressSchema = v.object({ source: v.string(), address: v.string() });

export function discoveredOperations(parts: ApiParts): Operation[] {
  return [list(parts)];
}

function list({ sources, liveState, config }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/discovered',
    audience: ['facility', 'manager', 'admin'],
    summary: 'Devices that were heard and do not belong to the hall, those heard last first',
    query: NONE,
    params: NONE,
    answer: {
      description:
        '`dropped`: messages of devices that found no place in the list; `accepted`: the devices that joined while the ' +
        'gateway ran; `left_out`: those of them that the present hall file does not let join, and why',
      type: 'application/json',
      schema: v.object({
        discovered: v.array(discoveredSchema),
        dropped: integer,
        accepted: v.array(deviceSchema),
        left_out: v.array(v.object({ id: v.string(), why: v.string() })),
        ignored: v.array(addressSchema),
      }),
    },
    handle() {
      const { accepted } = liveState().hall;
      const { devices, ignored } = accepted;
      const { left } = effectiveHall(config, liveState().hall);
      const discovered = sources()
        .discovered()
        .map(({ suggestedId, firstSeen, lastSeen, ...rest }) => {
          return { ...rest, suggested_id: suggestedId, first_seen: firstSeen, last_seen: lastSeen };
        });
      return {
        ...{ discovered, dropped: sources().discoveredStats.dropped },
        ...{ accepted: devices, ignored },
        left_out: left.map(({ device, why }) => ({ id: device.id, why })),
      };
    },
  });
}
