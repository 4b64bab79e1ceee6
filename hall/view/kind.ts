// A view kind: the named parts that its views have, and for whom they are. The type of a view follows from its parts.
import type { Audience } from '../audience.ts';
import type { Urgency } from './common.ts';
import type { AnyPart, Cutting, Parts, Subject } from './cut.ts';
import { table, weakMemo } from './memo.ts';
import { emergencies, hallFace, opening, staleMs } from './part/hall.ts';

/** The parts that each view has; a view of a zone has the emergencies that concern it. */
const BASE = { hall: hallFace, opening, emergencies, staleMs };

type Value<P> = P extends AnyPart<infer T> ? T : never;
/** Parts that may be undefined are fields that may be absent. */
type Fields<P extends Parts> = {
  readonly [F in keyof P as undefined extends Value<P[F]> ? never : F]: Value<P[F]>;
} & {
  readonly [F in keyof P as undefined extends Value<P[F]> ? F : never]?: Exclude<
    Value<P[F]>,
    undefined
  >;
};
type Flat<T> = { [F in keyof T]: T[F] };

/** What every view has. */
export type ViewBase = Flat<Fields<typeof BASE>>;

export interface ViewKind<Kind extends string = string, P extends Parts = Parts> {
  readonly kind: Kind;
  /** what a view's name has behind the colon; undefined: the hall has one view of this kind */
  readonly parameter: 'screen' | undefined;
  readonly audience: Audience;
  readonly parts: P;
  /** Of a public slide, pure. Its views carry the result as a field, which is absent where there is nothing to show. */
  readonly urgency?: (view: never) => Urgency | undefined;
}

/** The views of a kind. */
export type ViewOf<K> =
  K extends ViewKind<infer Kind, infer P>
    ? Flat<ViewBase & { readonly kind: Kind } & Fields<P> & UrgencyField<K>>
    : never;

type UrgencyField<K> = K extends { readonly urgency: (view: never) => infer U }
  ? Fields<{ readonly urgency: AnyPart<U> }>
  : unknown;

/**
 * Cuts the view of a kind; the view before where none of its parts has changed.
 * @param subject has what the parts are cut for (`hasScopes`)
 */
export function cutKind<Kind extends string, P extends Parts>(
  { kind, parts, urgency }: ViewKind<Kind, P>,
  cut: Cutting,
  subject: Subject = {},
): ViewOf<ViewKind<Kind, P>> {
  const names: string[] = [];
  const values: unknown[] = [];
  const add = (name: string, value: unknown) => {
    if (value === undefined) return;
    names.push(name);
    values.push(value);
  };
  for (const [name, part] of Object.entries(BASE)) add(name, part.from(cut, subject));
  add('kind', kind);
  for (const [name, part] of Object.entries(parts)) add(name, part.from(cut, subject));
  const key = `${kind} ${subject.screen?.id ?? ''}`;
  const view = views(cut.memory, key, names, values);
  // The fields are those that the type is made of, by the same parts.
  return (urgency ? withUrgency(view, urgency) : view) as ViewOf<ViewKind<Kind, P>>;
}

const views = table<unknown>();

const withUrgency = weakMemo((view: object, urgencyOf: NonNullable<ViewKind['urgency']>) => {
  // The function is of the same kind as the view.
  const urgency = urgencyOf(view as never);
  return urgency === undefined ? view : { ...view, urgency };
});
