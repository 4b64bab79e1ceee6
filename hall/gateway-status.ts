// What a cut may know that is not in the hall's state: how the gateway's own parts are, who else was heard, and earlier days.
import type { Discovered } from './discovered.ts';
import type { Fault } from './fault/kinds.ts';
import type { Periods } from './periods.ts';
import type { UsualDay } from './usual-day.ts';
import type { Neighbour } from './neighbour.ts';
import type { Name } from './view/common.ts';

/** One part of the gateway, such as `journal`, `broker` or `history`. */
export interface PartHealth {
  readonly state: 'starting' | 'ok' | 'degraded' | 'failing' | 'stopping';
  /** for people: what keeps it from its work */
  readonly detail?: string;
  /** since when it is so, ms since 1970 */
  readonly since: number;
}

/** Something that strangers could fill up, and how far it is. */
export interface Budget {
  /** letters, digits and `-`; the reason of what is refused is `budget:KIND` */
  readonly kind: string;
  /** what it limits, as people call it */
  readonly name: Name;
  readonly used: number;
  readonly max: number;
  /** refused since the start of the process because it was used up */
  readonly refused: number;
  /** the hall file's key that raises it, such as `limits.tickets_max` */
  readonly setting: string;
  /** what to do, where no device uses it up */
  readonly action?: Name;
}

/** What a gateway of a pair does; alone it leads. */
export type PairRole = 'standby' | 'claiming' | 'leading';

export interface GatewayStatus {
  readonly role?: PairRole;
  readonly parts: Readonly<Record<string, PartHealth>>;
  /** Since when devices can be heard, ms since 1970; the present while they cannot. Earlier silence is nobody's fault. */
  readonly listeningSince: number;
  /** The broker is not the gateway's own: connections, and with them last wills, outlive the gateway. */
  readonly keepsWills: boolean;
  readonly discovered: readonly Discovered[];
  readonly budgets?: readonly Budget[];
  /** Faults that parts of the gateway found themselves. */
  readonly findings?: readonly Fault[];
  /** The faults that stand, as they are told everywhere; left out: found anew from the state alone. */
  readonly faults?: readonly Fault[];
  /** Of the business day that each names; absent until they are made of the facts, and where there are no past days. */
  readonly usual?: UsualDay;
  readonly periods?: Periods;
  /** What other halls say of themselves. */
  readonly neighbours?: readonly Neighbour[];
}

export const NO_STATUS: GatewayStatus = Object.freeze({
  parts: {},
  listeningSince: 0,
  keepsWills: true,
  discovered: [],
});
