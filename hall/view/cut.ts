// A cut: one hall, one hall file, one moment. Views are made of parts; a part is cut once per moment for what it is cut
// for (the hall, a zone, a window, a screen), and shared by all views of that moment that need it.
import type { HallConfig, Screen, Window } from '../config.ts';
import { NO_STATUS, type GatewayStatus } from '../gateway-status.ts';
import type { Hall } from '../state.ts';
import { memoryOf, weakMemo, type Memory } from './memo.ts';

const SECOND_MS = 1000;

/** What a part may be cut for. Without a zone it is cut for the whole hall. */
interface Scopes {
  readonly hall: void;
  readonly zone: string | undefined;
  readonly window: Window;
  readonly screen: Screen;
}
export type Scope = keyof Scopes;

/** What a view is cut for: its screen, and the zone and window of that. */
export type Subject = { readonly [S in Scope]?: Scopes[S] | undefined };

export class Cutting {
  readonly hall: Hall;
  readonly config: HallConfig;
  /** ms since 1970 */
  readonly now: number;
  readonly gatewayStatus: GatewayStatus;
  readonly memory: Memory;
  #second: Cutting | undefined;
  readonly #parts = new Map<unknown, Map<unknown, unknown>>();

  constructor(hall: Hall, config: HallConfig, now: number, gatewayStatus: GatewayStatus) {
    this.hall = hall;
    this.config = config;
    this.now = now;
    this.gatewayStatus = gatewayStatus;
    this.memory = memoryOf(config);
  }

  /** The cut of the same hall at the begin of this second: for what need not move more often. */
  get second(): Cutting {
    const { config, hall, now, gatewayStatus } = this;
    return (this.#second ??= atSecond(config, hall, now - (now % SECOND_MS), gatewayStatus));
  }

  once<Of, T>(cutPart: (cut: Cutting, of: Of) => T, of: Of): T {
    let values = this.#parts.get(cutPart);
    if (!values) this.#parts.set(cutPart, (values = new Map()));
    // The values of one function are all of its type.
    const known = values.get(of) as T;
    if (known !== undefined || values.has(of)) return known;
    const value = cutPart(this, of);
    values.set(of, value);
    return value;
  }
}

const newest = weakMemo(
  (config: HallConfig, hall: Hall, now: number, gatewayStatus: GatewayStatus) =>
    new Cutting(hall, config, now, gatewayStatus),
);
const atSecond = weakMemo(
  (config: HallConfig, hall: Hall, now: number, gatewayStatus: GatewayStatus) =>
    new Cutting(hall, config, now, gatewayStatus),
);

/** The cut of this moment, to be used at once: the tallies of a hall file follow the hall that was cut last. */
export function cutting(
  hall: Hall,
  config: HallConfig,
  now: number,
  gatewayStatus: GatewayStatus = NO_STATUS,
): Cutting {
  const cut = newest(config, hall, now, gatewayStatus);
  cut.memory.ledger.follow(hall);
  return cut;
}

/** A part of a view, cut for what the view is cut for; undefined: the view is without it. */
export interface AnyPart<T = unknown> {
  readonly scope: Scope;
  readonly from: (cut: Cutting, subject: Subject) => T;
}

/** A part, which other parts call with what they want it for. */
export interface Part<S extends Scope, T> extends AnyPart<T> {
  (cut: Cutting, of: Scopes[S]): T;
  readonly scope: S;
}

export type Parts = Readonly<Record<string, AnyPart>>;

/** Declares a part, at module level: what it is cut for, and its cut. */
export function part<S extends Scope, T>(
  scope: S,
  cutPart: (cut: Cutting, of: Scopes[S]) => T,
): Part<S, T> {
  const once = (cut: Cutting, of: Scopes[S]) => cut.once(cutPart, of);
  // A view is cut only for a subject that has every scope of its parts (`hasScopes`).
  const from = (cut: Cutting, subject: Subject) => once(cut, subject[scope] as Scopes[S]);
  return Object.assign(once, { scope, from });
}

/** The part of a zone, cut for the whole hall wherever the view stands. */
export function ofHall<T>(zonePart: Part<'zone', T>): AnyPart<T> {
  return { scope: 'hall', from: (cut) => zonePart(cut, undefined) };
}

/** Whether the subject has what these parts are cut for. */
export function hasScopes(parts: Parts, { window, screen }: Subject): boolean {
  return Object.values(parts).every(
    ({ scope }) =>
      (scope !== 'window' || window !== undefined) && (scope !== 'screen' || screen !== undefined),
  );
}
