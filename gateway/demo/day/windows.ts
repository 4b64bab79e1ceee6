// The demo hall's windows at work: calling, serving, holding, transferring, and everything told as signals.
import type { WindowStateName } from '../../../hall/signal.ts';
import { createAgenda } from './agenda.ts';
import type { Visit } from './arrivals.ts';
import { MINUTE, SHARE } from './profile.ts';
import type { Random } from './random.ts';
import type { Shift } from './roster.ts';
import type { Story } from './story.ts';
import { createWaiting, type Taken, type Waiting } from './waiting.ts';

const SECOND = 1_000;
/** So many may be left to the window that stays open over lunch. */
const LEFT_TO_DUTY = 2;

/** Where somebody was from when to when, for whoever counts heads. */
export interface Stay {
  zone: string;
  from: number;
  to: number;
  doing: 'waiting' | 'at the window';
}

/** A finished service, for whoever asks for an opinion or opens a case. */
export interface Service {
  visit: Visit;
  window: string;
  at: number;
  outcome: 'done' | 'accepted' | 'supplement' | 'rejected';
}

export interface WorkedDay {
  stays: Stay[];
  services: Service[];
}

interface Desk {
  readonly shift: Shift;
  readonly random: Random;
  session: number;
  nextBreak: number;
  state: WindowStateName;
  /** Nobody is at it and it is looking for no one: a new ticket may wake it. */
  resting: boolean;
  coveredUntil: number;
  readonly held: { visit: Visit; readyAt: number; leftMs: number }[];
}

/** Tells the tickets' and windows' part of the day. */
export function workDay(
  story: Story,
  shifts: readonly Shift[],
  visits: readonly Visit[],
): WorkedDay {
  const floor = new Floor(story, shifts);
  return floor.work(visits);
}

class Floor {
  readonly #story: Story;
  readonly #agenda = createAgenda();
  readonly #waiting: Waiting;
  readonly #desks: Desk[];
  readonly #stays: Stay[] = [];
  readonly #services: Service[] = [];

  constructor(story: Story, shifts: readonly Shift[]) {
    this.#story = story;
    this.#waiting = createWaiting();
    this.#desks = shifts.map((shift) => ({
      shift,
      random: story.random.fork(`desk ${shift.window.id}`),
      session: -1,
      nextBreak: 0,
      state: 'closed',
      resting: false,
      coveredUntil: 0,
      held: [],
    }));
  }

  work(visits: readonly Visit[]): WorkedDay {
    for (const desk of this.#desks) {
      const { sessions, breaks } = desk.shift;
      const firstLight = (sessions[0]?.from ?? this.#story.start) - 25 * MINUTE;
      if (sessions.length > 0)
        this.#agenda.plan(firstLight, (at) => this.#tell(desk, 'closed', at));
      sessions.forEach(({ from, to }, index) => {
        this.#agenda.plan(from, (at) => this.#open(desk, index, at));
        this.#agenda.plan(to, (at) => desk.resting && this.#next(desk, at));
      });
      for (const { at: due } of breaks) {
        this.#agenda.plan(due, (at) => desk.resting && this.#next(desk, at));
      }
    }
    for (const visit of visits) this.#agenda.plan(visit.issuedAt, (at) => this.#issue(visit, at));
    this.#agenda.run();
    return { stays: this.#stays, services: this.#services };
  }

  // --- visitors ------------------------------------------------------------------------------------

  #issue(visit: Visit, at: number): void {
    this.#story.drafts.push({
      device: visit.dispenser,
      stream: 'ticket',
      signal: {
        type: 'issued',
        at,
        ticket: visit.number,
        queue: visit.queue,
        ...(visit.service !== undefined && { service: visit.service }),
        class: visit.class,
        channel: visit.channel,
        ...(visit.appointmentAt !== undefined && { appointment_at: visit.appointmentAt }),
      },
    });
    const random = this.#story.random.fork(`patience ${visit.number}`);
    this.#join(visit, at);
    if (!random.chance(SHARE.cancelled)) return;
    this.#agenda.plan(at + random.between(3, 25) * MINUTE, (then) => {
      if (!this.#waiting.leave(visit)) return;
      this.#stayed(visit, then);
      const signal = { type: 'cancelled' as const, at: then, ticket: visit.number };
      this.#story.drafts.push({ device: visit.dispenser, stream: 'ticket', signal });
    });
  }

  /** Into the queue; a resting window that serves it looks up after a few seconds. */
  #join(visit: Visit, at: number, place?: number): void {
    visit.waitsFrom = at;
    this.#waiting.join(visit, place);
    const serving = this.#desks.filter(({ shift }) => shift.window.queues.includes(visit.queue));
    const resting = serving.filter((desk) => desk.resting);
    const desk = resting.find(({ shift }) => shift.window.queues[0] === visit.queue) ?? resting[0];
    if (desk !== undefined) {
      desk.resting = false;
      this.#agenda.plan(at + desk.random.between(5, 20) * SECOND, (then) => this.#next(desk, then));
    } else if (at >= (this.#story.openings.at(-1)?.[1] ?? 0)) this.#reopen(serving, at);
  }

  /** Nobody is sent home: after hours a window opens again for one who was sent on to its queue. */
  #reopen(serving: readonly Desk[], at: number): void {
    const desk = serving[0];
    if (desk === undefined || serving.some(({ state }) => state !== 'closed')) return;
    this.#agenda.plan(at + 30 * SECOND, (then) => {
      this.#tell(desk, 'idle', then);
      this.#next(desk, then);
    });
  }

  #stayed(visit: Visit, to: number): void {
    this.#stays.push({ zone: visit.zone, from: visit.waitsFrom, to, doing: 'waiting' });
  }

  // --- windows -------------------------------------------------------------------------------------

  #open(desk: Desk, session: number, at: number): void {
    const wasOpen = desk.state !== 'closed';
    desk.session = session;
    if (wasOpen) return;
    this.#tell(desk, 'idle', at);
    this.#agenda.plan(at + desk.random.between(5, 60) * SECOND, (then) => this.#next(desk, then));
  }

  /** What a window does once it is free: rest, close, take its break, or call. */
  #next(desk: Desk, at: number): void {
    desk.resting = false;
    if (desk.state === 'closed') return;
    const due = desk.shift.breaks[desk.nextBreak];
    if (due !== undefined && due.at <= at) return this.#takeBreak(desk, at);
    const ready = desk.held.findIndex(({ readyAt }) => readyAt <= at);
    if (ready >= 0) return this.#resume(desk, ready, at);
    const over = at >= (desk.shift.sessions[desk.session]?.to ?? 0);
    if (over && desk.held.length === 0 && !this.#stillNeeded(desk)) {
      return this.#tell(desk, 'closed', at);
    }
    const skip = desk.random.chance(SHARE.outOfOrder);
    const taken = this.#waiting.take(desk.shift.window.queues, at, skip);
    if (taken !== undefined) return this.#call(desk, taken, at);
    desk.resting = true;
    if (desk.state !== 'idle') this.#tell(desk, 'idle', at);
    const soonest = Math.min(...desk.held.map(({ readyAt }) => readyAt));
    if (soonest < Infinity)
      this.#agenda.plan(soonest, (then) => desk.resting && this.#next(desk, then));
  }

  /** After hours a window goes on while somebody waits for it (延时服务); a duty window takes on the last few. */
  #stillNeeded(desk: Desk): boolean {
    const { queues } = desk.shift.window;
    const onDuty = this.#desks.some(
      (other) =>
        other !== desk &&
        other.state !== 'closed' &&
        other.shift.window.queues[0] === queues[0] &&
        (other.shift.sessions[other.session]?.to ?? 0) >
          (desk.shift.sessions[desk.session]?.to ?? 0),
    );
    return this.#waiting.count(queues[0] ?? '') > (onDuty ? LEFT_TO_DUTY : 0);
  }

  #takeBreak(desk: Desk, at: number): void {
    const due = desk.shift.breaks[desk.nextBreak];
    if (due === undefined) return;
    desk.nextBreak += 1;
    const over = at >= (desk.shift.sessions[desk.session]?.to ?? 0);
    if (over) return this.#next(desk, at);
    if (due.kind === 'cover') {
      desk.coveredUntil = at + due.ms;
      this.#tell(desk, 'idle', at);
      this.#agenda.plan(at + 20 * SECOND, (then) => this.#next(desk, then));
      return;
    }
    this.#tell(desk, due.kind, at, due.reason);
    this.#agenda.plan(at + due.ms, (then) => {
      this.#tell(desk, 'idle', then);
      this.#agenda.plan(then + 5 * SECOND, (later) => this.#next(desk, later));
    });
  }

  #call(desk: Desk, { visit, skipped }: Taken, at: number): void {
    const { random } = desk;
    const window = desk.shift.window.id;
    const outOfOrder = skipped ? { out_of_order: '急事急办' } : {};
    this.#tell(desk, 'calling', at);
    this.#ticket(desk, { type: 'called', at, ticket: visit.number, window, ...outOfOrder });
    const waitedLong = at - visit.issuedAt > 30 * MINUTE;
    const missing =
      !visit.returned && random.chance(SHARE.noShow + (waitedLong ? SHARE.noShowAfterLongWait : 0));
    const again = at + random.between(32, 48) * SECOND;
    if (missing) {
      const twice = again + random.between(30, 45) * SECOND;
      this.#recall(desk, visit, again);
      this.#recall(desk, visit, twice);
      this.#agenda.plan(twice + random.between(30, 60) * SECOND, (then) =>
        this.#miss(desk, visit, then),
      );
    } else if (random.chance(SHARE.recalled)) {
      this.#recall(desk, visit, again);
      this.#agenda.plan(again + random.between(8, 30) * SECOND, (then) =>
        this.#serve(desk, visit, then),
      );
    } else {
      const walk = Math.min(random.duration(22, 0.5), 90) * SECOND;
      this.#agenda.plan(at + Math.max(6 * SECOND, walk), (then) => this.#serve(desk, visit, then));
    }
  }

  #recall(desk: Desk, visit: Visit, when: number): void {
    this.#agenda.plan(when, (at) => {
      const window = desk.shift.window.id;
      this.#ticket(desk, { type: 'recalled', at, ticket: visit.number, window });
    });
  }

  #miss(desk: Desk, visit: Visit, at: number): void {
    const window = desk.shift.window.id;
    this.#ticket(desk, { type: 'no_show', at, ticket: visit.number, window });
    this.#stayed(visit, at);
    const back = at + desk.random.between(2, 16) * MINUTE;
    const lastEnd = desk.shift.sessions.at(-1)?.to ?? 0;
    if (desk.random.chance(SHARE.returns) && back < lastEnd) {
      visit.returned = true;
      this.#agenda.plan(back, (then) => {
        this.#ticket(desk, { type: 'requeued', at: then, ticket: visit.number, window });
        this.#join(visit, then, 2);
      });
    }
    this.#release(desk, at);
  }

  #serve(desk: Desk, visit: Visit, at: number): void {
    const window = desk.shift.window.id;
    this.#stayed(visit, at);
    visit.firstServedAt ??= at;
    this.#ticket(desk, { type: 'serving', at, ticket: visit.number, window });
    this.#tell(desk, 'serving', at);
    this.#attend(desk, visit, at, visit.serviceMs);
  }

  /** `ms` of service, which may be broken off by a hold or a transfer, once each. */
  #attend(desk: Desk, visit: Visit, from: number, ms: number): void {
    const { random, shift } = desk;
    const window = shift.window.id;
    const attended = (to: number) =>
      this.#stays.push({ zone: shift.window.zone, from, to, doing: 'at the window' });
    const target =
      visit.transferred || !random.chance(SHARE.transferred)
        ? undefined
        : this.#elsewhere(visit, random);
    if (target !== undefined) {
      const end = from + Math.min(ms * 0.3, random.between(1, 4) * MINUTE);
      this.#agenda.plan(end, (at) => {
        attended(at);
        visit.transferred = true;
        visit.queue = target.id;
        visit.zone = target.zone;
        const to_queue = target.id;
        this.#ticket(desk, { type: 'transferred', at, ticket: visit.number, to_queue, window });
        this.#join(visit, at);
        this.#release(desk, at);
      });
    } else if (!visit.held && random.chance(SHARE.held)) {
      visit.held = true;
      this.#agenda.plan(from + ms * 0.35, (at) => {
        attended(at);
        const reason = random.pick(['补充材料', '复印证件', '等待后台核实']);
        this.#ticket(desk, { type: 'held', at, ticket: visit.number, window, reason });
        const readyAt = Math.round(at + random.between(4, 14) * MINUTE);
        desk.held.push({ visit, readyAt, leftMs: ms * 0.65 });
        this.#release(desk, at);
      });
    } else {
      this.#agenda.plan(from + ms, (at) => {
        attended(at);
        this.#complete(desk, visit, at);
      });
    }
  }

  #resume(desk: Desk, index: number, at: number): void {
    const [held] = desk.held.splice(index, 1);
    if (held === undefined) return;
    const window = desk.shift.window.id;
    this.#ticket(desk, { type: 'resumed', at, ticket: held.visit.number, window });
    this.#tell(desk, 'serving', at);
    this.#attend(desk, held.visit, at, held.leftMs);
  }

  #complete(desk: Desk, visit: Visit, at: number): void {
    const window = desk.shift.window.id;
    const outcome =
      desk.random.weighted(
        ['done', 'accepted', 'supplement', 'rejected'] as const,
        (each) => OUTCOMES[each],
      ) ?? 'done';
    this.#ticket(desk, { type: 'completed', at, ticket: visit.number, window, outcome });
    this.#services.push({ visit, window, at, outcome });
    this.#release(desk, at);
  }

  /** The visitor is gone: idle at once, the next call after putting papers away. */
  #release(desk: Desk, at: number): void {
    this.#tell(desk, 'idle', at);
    const papers = desk.random.between(6, 35) * SECOND;
    this.#agenda.plan(at + papers, (then) => this.#next(desk, then));
  }

  /** Another queue on the same floor: somebody had taken the wrong ticket. */
  #elsewhere(visit: Visit, random: Random) {
    const { config, index } = this.#story;
    const floorOf = (zone: string) => index.zones.get(zone)?.floor;
    const near = config.queues.filter(
      ({ id, zone }) =>
        id !== visit.queue && floorOf(zone) === floorOf(visit.zone) && this.#attended(id),
    );
    return random.pick(near);
  }

  #attended(queue: string): boolean {
    return this.#desks.some(
      ({ state, shift }) => state !== 'closed' && shift.window.queues[0] === queue,
    );
  }

  // --- telling -------------------------------------------------------------------------------------

  #ticket(
    desk: Desk,
    signal: Extract<Story['drafts'][number], { stream: 'ticket' }>['signal'],
  ): void {
    this.#story.drafts.push({ device: desk.shift.caller, stream: 'ticket', signal });
  }

  #tell(desk: Desk, state: WindowStateName, at: number, reason = ''): void {
    const { shift } = desk;
    desk.state = state;
    const substituted = shift.substitute !== undefined && (shift.covered || at < desk.coveredUntil);
    const staff = substituted ? shift.substitute : shift.staff;
    this.#story.drafts.push({
      device: shift.caller,
      stream: 'window',
      signal: {
        type: 'state',
        at,
        window: shift.window.id,
        state,
        ...(state !== 'closed' && staff !== undefined && { staff }),
        ...(state !== 'closed' && substituted && { substitute: true }),
        ...(reason !== '' && { reason }),
      },
    });
  }
}

const OUTCOMES = { done: 62, accepted: 30, supplement: 6, rejected: 2 } as const;
