// Devices that were found and do not belong to the hall yet: listed, accepted, ignored; and acceptances undone.
import * as v from 'valibot';
import { DEVICE_KINDS } from '../../../hall/config/kinds.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import { badParameter, conflict, notFound } from '../problem.ts';
import type { ApiParts } from './parts.ts';

const integer = v.pipe(v.number(), v.integer());
const word = v.pipe(v.string('should be text'), v.minLength(1), v.maxLength(200));
const address = { source: word, address: word };

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
  return [list(parts), accept(parts), ignore(parts), forget(parts)];
}

function list({ sources, accepted }: ApiParts): Operation {
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
      const { devices, ignored, left } = accepted();
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

/** @throws at the standby of a pair, whose list is its leader's */
function mustLead({ leads }: ApiParts): void {
  if (!leads()) throw conflict('this gateway is the standby: ask the one that leads');
}

/** @throws for an address that nobody has: a slip of the pen would take a place that is somebody's */
function mustBeHeard(
  { sources, accepted }: ApiParts,
  { source, address: name }: { readonly source: string; readonly address: string },
): void {
  if (sources().hasHeard(source, name) || accepted().isIgnored(source, name)) return;
  throw conflict(`address: "${name}" of ${source} was not heard since the gateway's start`);
}

function accept(parts: ApiParts): Operation {
  const { sources, accepted } = parts;
  return operation({
    method: 'POST',
    path: '/discovered/accept',
    audience: ['facility', 'admin'],
    summary: 'Makes a device one of the hall, at once and for good',
    query: v.strictObject({
      ...address,
      id: word,
      kind: word,
      zone: v.optional(word),
      window: v.optional(word),
      via: v.optional(word),
      name: v.optional(word),
    }),
    params: NONE,
    answer: {
      description: 'The device as the hall file would have it',
      type: 'application/json',
      schema: v.object({ device: deviceSchema }),
    },
    problems: [403, 409],
    handle(request) {
      mustLead(parts);
      mustBeHeard(parts, request);
      const outcome = accepted().accept(request);
      if ('problem' in outcome) {
        throw outcome.malformed ? badParameter(outcome.problem) : conflict(outcome.problem);
      }
      sources().forget(request.source, request.address);
      return { device: outcome.device };
    },
  });
}

function ignore(parts: ApiParts): Operation {
  const { sources, accepted } = parts;
  return operation({
    method: 'POST',
    path: '/discovered/ignore',
    audience: ['facility', 'admin'],
    summary: 'Lists a device no more, until it is forgotten or accepted',
    query: v.strictObject(address),
    params: NONE,
    answer: { description: 'It', type: 'application/json', schema: addressSchema },
    problems: [403, 409],
    handle(request) {
      mustLead(parts);
      mustBeHeard(parts, request);
      const problem = accepted().ignore(request);
      if (problem !== undefined) throw conflict(problem);
      sources().forget(request.source, request.address);
      return request;
    },
  });
}

function forget(parts: ApiParts): Operation {
  return operation({
    method: 'POST',
    path: '/discovered/forget',
    audience: ['facility', 'admin'],
    summary: 'Undoes an acceptance or an ignore: heard again, the device is a discovered one',
    query: v.strictObject(address),
    params: NONE,
    answer: { description: 'It', type: 'application/json', schema: addressSchema },
    problems: [403, 404, 409],
    handle(request) {
      mustLead(parts);
      if (parts.accepted().forget(request)) return request;
      const { source, address: name } = request;
      throw notFound(`device: "${name}" of ${source} was neither accepted nor ignored here`);
    },
  });
}
