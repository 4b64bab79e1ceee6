// What the API's operations work on.
import type { HallConfig } from '../../../hall/config.ts';
import type { Cutting } from '../../../hall/view/cut.ts';
import type { Fault } from '../../../hall/fault.ts';
import type { Clock } from '../../clock.ts';
import type { HistoryQuery, HistoryRow, SetAside } from '../../history.ts';
import type { Facts } from '../../facts.ts';
import type { Behind } from '../../history/thread.ts';
import type { LiveState } from '../../live-state.ts';
import type { Journal } from '../../journal.ts';
import type { HallContent } from '../../content/hall-content.ts';
import type { Commands } from '../../commands.ts';
import type { Sources } from '../../sources.ts';
import type { Sightings } from '../../live/sightings.ts';
import type { Audience } from '../../../hall/audience.ts';
import type { PageEntry } from '../pages.ts';
import type { Exchange } from '../router.ts';

export interface ApiParts {
  readonly config: HallConfig;
  /** of the built pages */
  readonly version: string;
  readonly clock: Clock;
  /** Throw while the part is not there yet. */
  readonly journal: () => Journal;
  readonly liveState: () => LiveState;
  readonly sightings: () => Sightings;
  /** Those that are for the one who asks. */
  readonly pages: (exchange: Exchange) => Promise<readonly PageEntry[]>;
  /** Whether what is for this audience is answered to the one who asks. */
  readonly access: (audience: Audience, exchange: Exchange) => boolean;
  /** Addresses of both gateways' pages, without a path; none where a gateway stands alone. */
  readonly gateways: readonly string[];
  readonly cut: (view: string) => unknown;
  /** Of the present moment, to be used at once. */
  readonly cutting: () => Cutting;
  readonly faults: () => readonly Fault[];
  readonly facts: () => Facts;
  /** `signal`: aborted once nobody waits for the answer */
  readonly query: (query: HistoryQuery, signal: AbortSignal) => Promise<readonly HistoryRow[]>;
  /** Answers a long chart from hourly sums, where these are exact; undefined: the history is asked. */
  readonly charts: Facts['charts'];
  /** what the history has not got yet */
  readonly behind: () => Behind | undefined;
  readonly setAside: (before: number, limit: number) => Promise<readonly SetAside[]>;
  readonly commands: () => Commands;
  readonly content: HallContent;
  /** False at the standby of a pair: what is changed is changed at the leader. */
  readonly leads: () => boolean;
  readonly sources: () => Sources;
  /** Takes a message as if a device had published it then, ms since 1970. */
  readonly take: (
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
  ) => Promise<{ accepted: number; rejected: number }>;
}
