// What the contract's signals are made of, as a mapping needs to know it: read off the schemas that decode judges by, so
// that the two cannot differ.
import type * as v from 'valibot';
import { SCHEMAS } from '../../hall/signal.ts';
import type { Stream } from '../../hall/topic.ts';

/** How a value is turned into what a field wants; `words` are texts by language. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'time' | 'texts' | 'words';

export interface Field {
  readonly kind: FieldKind;
  readonly required: boolean;
  /** the list of the hall file that its value is an id of */
  readonly list?: 'windows' | 'queues' | 'zones' | 'services';
  readonly schema: v.GenericSchema;
}

/** `id` and `type` stand beside a rule's fields, not among them. */
const APART = ['id', 'type'];

const LISTS: Readonly<Record<string, Field['list']>> = {
  window: 'windows',
  queue: 'queues',
  to_queue: 'queues',
  service: 'services',
  zone: 'zones',
  zones: 'zones',
};

interface AnySchema extends v.GenericSchema {
  readonly wrapped?: AnySchema;
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly options?: readonly unknown[];
}

/** The types of a stream. */
export function typesOf(stream: Stream): readonly string[] {
  return Object.keys(SCHEMAS[stream]);
}

/** The fields of a signal by name. */
export function fieldsOf(stream: Stream, type: string): ReadonlyMap<string, Field> {
  const schemas: Readonly<Record<string, AnySchema>> = SCHEMAS[stream];
  const entries = (Object.hasOwn(schemas, type) ? schemas[type] : undefined)?.entries ?? {};
  const fields = Object.entries(entries).flatMap(([name, schema]): [string, Field][] =>
    APART.includes(name) ? [] : [[name, fieldOf(stream, name, schema)]],
  );
  return new Map(fields);
}

function fieldOf(stream: Stream, name: string, schema: AnySchema): Field {
  // A link's zone is a kind of network, not a place.
  const list = stream === 'network' ? undefined : LISTS[name];
  return {
    kind: kindOf(schema.wrapped ?? schema),
    required: schema.type !== 'optional',
    ...(list !== undefined && { list }),
    schema: schema.wrapped ?? schema,
  };
}

function kindOf({ type, options }: AnySchema): FieldKind {
  if (type === 'number' || type === 'boolean') return type;
  if (type === 'array') return 'texts';
  if (type === 'object') return 'words';
  // The only union of the contract's fields is an instant: a number or a text.
  if (type === 'union') return 'time';
  return options?.every((option) => typeof option === 'number') ? 'number' : 'text';
}
