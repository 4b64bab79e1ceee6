// The window of a window sign (窗口屏): its state and services, its call, who waits for it, the staff card. SPEC §7.6.
import { indexHall, type HallConfig, type Window } from '../../config.ts';
import { contentAddress, referencedHash } from '../../content.ts';
import { waitingSince } from '../../figure.ts';
import type { TicketClass, WindowStateName } from '../../signal.ts';
import type { Call, Ticket, WindowLive } from '../../state.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { plainName } from '../name.ts';
import { queueNow } from './queue-now.ts';
import { callAt, visitAt, type VisitAtWindow } from './visit.ts';

export interface SignWindow {
  readonly id: string;
  readonly label: string;
  readonly name?: Name;
  readonly department?: Name;
  readonly services: readonly Name[];
  readonly state: WindowStateName | 'unknown';
  readonly since?: number;
}

export interface SignCall {
  readonly id: string;
  readonly ticket: string;
  readonly state: 'called' | 'serving';
  readonly at: number;
  readonly nth: number;
  readonly class: TicketClass;
}

export interface SignQueue {
  readonly waiting: number;
  /** the ticket that has waited longest and is not called yet; another window of the queue may call it */
  readonly first?: string;
}

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

export const signWindow = part('window', ({ hall, config, memory }, window) =>
  windowOf(memory, window.id, config, window, hall.windows[window.id]),
);

const windowOf = memo(
  ({ services }: HallConfig, window: Window, live: WindowLive | undefined): SignWindow => ({
    id: window.id,
    label: window.label,
    ...(window.name && { name: plainName(window.name) }),
    ...(window.department && { department: plainName(window.department) }),
    services: services
      .filter(({ queue }) => window.queues.includes(queue))
      .map(({ name }) => plainName(name)),
    state: live?.state ?? 'unknown',
    ...(live && { since: live.since }),
  }),
);

export const signCall = part('window', (cut, { id }) => {
  const visit = visitAt(cut, id);
  return visit && callOf(cut.memory, id, visit, callAt(cut, visit));
});

const callOf = memo(
  ({ ticket, state, class: kind }: VisitAtWindow, { id, at, nth }: Call): SignCall => {
    return { id, ticket, state, at, nth, class: kind };
  },
);

/** Who waits for this window, counted as on the boards; absent where it serves no queue. */
export const signQueue = part('window', (cut, { id, queues }) => {
  if (queues.length === 0) return undefined;
  const { memory } = cut;
  let waiting = 0;
  let oldest: Ticket | undefined;
  for (const queue of queues) {
    waiting += queueNow(cut, queue)?.waiting ?? 0;
    // The oldest come first.
    const next = memory.ledger.queue(queue).waiting.find(({ state }) => state === 'waiting');
    if (next && (!oldest || waitingSince(next) < waitingSince(oldest))) oldest = next;
  }
  return queueOf(memory, id, waiting, oldest?.ticket);
});

const queueOf = memo((waiting: number, first: string | undefined): SignQueue => {
  return { waiting, ...(first === undefined ? undefined : { first }) };
});

export const staffCard = part('window', ({ hall, config, memory }, { id }) =>
  cardOf(memory, id, config, hall.windows[id]),
);

/** The legally shown card, of people that the hall file knows; nobody else is named, and nobody at a closed window. */
const cardOf = memo((config: HallConfig, live: WindowLive | undefined): StaffCard | undefined => {
  if (live?.staff === undefined || live.state === 'closed') return undefined;
  const person = indexHall(config).staff.get(live.staff);
  if (!person) return undefined;
  const photo = referencedHash(person.photo);
  return {
    name: person.name,
    ...(person.post && { post: plainName(person.post) }),
    ...(person.department && { department: plainName(person.department) }),
    ...(person.party && { party: person.party.zh }),
    ...(photo !== undefined && { photo: contentAddress(photo) }),
    ...(live.substitute && { substitute: live.substitute }),
  };
});
