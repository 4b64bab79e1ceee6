// What is wrong now, over the API: the same list that the devices page and the log have.
import * as v from 'valibot';
import { STAFF } from '../../../hall/audience.ts';
import { FAULT_KINDS, type Fault } from '../../../hall/fault.ts';
import { localized } from '../../start/language.mjs';
import { NONE, operation, type Operation } from '../operation.ts';
import type { ApiParts } from './parts.ts';

const integer = v.pipe(v.number(), v.integer());
const words = v.object({ zh: v.string(), en: v.optional(v.string()) });
const faultSchema = v.object({
  id: v.string(),
  kind: v.picklist(FAULT_KINDS),
  severity: v.picklist([1, 2, 3]),
  since: integer,
  title: words,
  action: words,
  detail: v.optional(v.string()),
  devices: v.array(v.string()),
  cause: v.optional(v.string()),
});

export function faultOperations({ clock, faults }: ApiParts): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/faults',
      audience: STAFF,
      summary: 'What is wrong now: one cause, one fault, the gravest and oldest first',
      query: NONE,
      params: NONE,
      answer: {
        description:
          'Faults; `severity` 3: the hall’s work suffers, 2: a device is out, 1: to be looked after; `devices`: all that it explains',
        type: 'application/json',
        schema: v.object({ now: integer, faults: v.array(faultSchema) }),
      },
      handle: () => ({ now: clock.now(), faults: faults().map(faultJson) }),
    }),
  ];
}

function faultJson(fault: Fault): v.InferOutput<typeof faultSchema> {
  const { id, kind, severity, since, title, action, detail, devices, cause } = fault;
  return {
    ...{ id, kind, severity, since, title, action },
    ...(detail !== undefined && { detail: localized(detail.zh, detail.en ?? detail.zh) }),
    devices: [...devices],
    ...(cause !== undefined && { cause }),
  };
}
