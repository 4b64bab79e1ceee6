// The window sign's view (窗口屏): the number, the window's state, its services, and the legally shown staff card. SPEC §7.
import { indexHall, type HallConfig, type Screen, type Window } from '../config.ts';
import { contentAddress, referencedHash } from '../content.ts';
import { waitingSince } from '../kpi.ts';
import type { TicketClass, WindowStateName } from '../signal.ts';
import type { Ticket, WindowLive } from '../state.ts';
import { get } from '../table.ts';
import { plainName, screenFace, viewBase, type Cutting } from './base.ts';
import { callAt } from './board.ts';
import type { Name, ScreenFace, SourceFreshness, ViewBase } from './common.ts';
import { queuesNow } from './queues.ts';
import { windowSource } from './source.ts';

export interface StaffCard {
  readonly name: string;
  readonly post?: Name;
  readonly department?: Name;
  /** 政治面貌 */
  readonly party?: string;
  /** its address */
  readonly photo?: string;
  readonly substitute?: true;
}

export interface SignView extends ViewBase {
  readonly kind: 'window';
  readonly screen: ScreenFace;
  readonly window: {
    readonly id: string;
    readonly label: string;
    readonly name?: Name;
    readonly department?: Name;
    readonly services: readonly Name[];
    readonly state: WindowStateName | 'unknown';
    readonly since?: number;
  };
  readonly call?: {
    readonly id: string;
    readonly ticket: string;
    readonly state: 'called' | 'serving';
    readonly at: number;
    readonly nth: number;
    readonly class: TicketClass;
  };
  /** of the queues that the window serves; absent where it serves none */
  readonly queue?: {
    readonly waiting: number;
    /** the ticket that has waited longest and is not called yet; another window of the queue may call it */
    readonly first?: string;
  };
  readonly staff?: StaffCard;
  readonly source: SourceFreshness;
}

/** A sign must name its window: undefined where the hall file does not have it. */
export function signCut(cut: Cutting, screen: Screen): SignView | undefined {
  const { hall, config, memory } = cut;
  const window = indexHall(config).windows.get(screen.window ?? '');
  if (!window) return undefined;
  const live = hall.windows[window.id];
  const ticket = visitAt(cut, window.id);
  const isStaffed = live !== undefined && live.state !== 'closed';
  const staff = isStaffed
    ? memory.recall('card', window.id, [live.staff, live.substitute], () => card(config, live))
    : undefined;
  const call =
    ticket &&
    memory.recall('sign/call', window.id, [ticket, hall.calls], () => signCall(cut, ticket));
  return {
    ...viewBase(cut, window.zone),
    kind: 'window',
    screen: screenFace(cut, screen),
    window: memory.recall('sign', window.id, [live?.state, live?.since], () => ({
      id: window.id,
      label: window.label,
      ...(window.name && { name: plainName(window.name) }),
      ...(window.department && { department: plainName(window.department) }),
      services: config.services
        .filter(({ queue }) => window.queues.includes(queue))
        .map(({ name }) => plainName(name)),
      state: live?.state ?? 'unknown',
      ...(live && { since: live.since }),
    })),
    ...(call && { call }),
    ...queueOf(cut, window),
    ...(staff && { staff }),
    source: windowSource(cut, window.id),
  };
}

/** Who waits for this window, counted as on the boards. */
function queueOf(cut: Cutting, { id, queues }: Window): Pick<SignView, 'queue'> | undefined {
  if (queues.length === 0) return undefined;
  const { memory } = cut;
  const now = queuesNow(cut);
  let waiting = 0;
  let oldest: Ticket | undefined;
  for (const queue of queues) {
    waiting += now.get(queue)?.waiting ?? 0;
    // The oldest come first.
    const next = memory.ledger.queue(queue).waiting.find(({ state }) => state === 'waiting');
    if (next && (!oldest || waitingSince(next) < waitingSince(oldest))) oldest = next;
  }
  const first = oldest?.ticket;
  return memory.recall('sign/queue', id, [waiting, first], () => ({
    queue: { waiting, ...(first === undefined ? undefined : { first }) },
  }));
}

type VisitAtWindow = Extract<Ticket, { state: 'called' | 'serving' }>;

/** The visit that the window calls or serves, as the state of the window has it: for signs, boards and pages alike. */
export function visitAt({ hall }: Cutting, window: string): VisitAtWindow | undefined {
  const key = hall.windows[window]?.visit;
  const visit = key === undefined ? undefined : get(hall.tickets, key);
  if (visit?.state !== 'called' && visit?.state !== 'serving') return undefined;
  return visit.window === window ? visit : undefined;
}

function signCall(cut: Cutting, ticket: VisitAtWindow): SignView['call'] {
  const { id, at, nth } = callAt(cut, ticket);
  return { id, ticket: ticket.ticket, state: ticket.state, at, nth, class: ticket.class };
}

/** The legally shown card, of people that the hall file knows; nobody else is named. */
function card(config: HallConfig, { staff, substitute }: WindowLive): StaffCard | undefined {
  const person = staff === undefined ? undefined : indexHall(config).staff.get(staff);
  if (!person) return undefined;
  const photo = referencedHash(person.photo);
  return {
    name: person.name,
    ...(person.post && { post: plainName(person.post) }),
    ...(person.department && { department: plainName(person.department) }),
    ...(person.party && { party: person.party.zh }),
    ...(photo !== undefined && { photo: contentAddress(photo) }),
    ...(substitute && { substitute }),
  };
}
