// The demo hall's windows at work: calling, serving, holding, transferring, and everything told as signals.
import { createAgenda } from './agenda.ts';
import type { Visit } from './arrivals.ts';
import { MINUTE, SHARE } from './profile.ts';
import type { Random } from './random.ts';
import { Desk } from './desk.ts';
import type { Break, Shift } from './roster.ts';
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

/** Tells the tickets' and windows' part of the day. */
export function workDay(
  story: Story,
  shifts: readonly Shift[],
  visits: readonly Visit[],
  helps: readonly Help[] = [],
): WorkedDay {
  const floor = new Floor(story, shifts);
  return floor.work(visits, helps);
}

/** From `at` on these windows serve the queue beside their own: who is closed opens, and who is on a break comes back. */
export interface Help {
  readonly at: number;
  readonly queue: string;
  readonly windows: readonly string[];
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
    this.#desks = shifts.map((shift) => new Desk(story, shift));
  }

  work(visits: readonly Visit[], helps: readonly Help[]): WorkedDay {
    for (const desk of this.#desks) {
      const { sessions, breaks } = desk.shift;
      const firstLight = (sessions[0]?.from ?? this.#story.start) - 25 * MINUTE;
      if (sessions.length > 0) this.#agenda.plan(firstLight, (at) => desk.tell('closed', at));
      sessions.forEach(({ from, to }, index) => {
        this.#agenda.plan(from, (at) => this.#open(desk, index, at));
        this.#agenda.plan(to, (at) => desk.resting && this.#next(desk, at));
      });
      for (const { at: due } of breaks) {
        this.#agenda.plan(due, (at) => desk.resting && this.#next(desk, at));
      }
    }
    for (const help of helps) this.#agenda.plan(help.at, (at) => this.#help(help, at));
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
    const serving = this.#desks.filter(({ queues }) => queues.includes(visit.queue));
    const resting = serving.filter((desk) => desk.resting);
    const desk = resting.find(({ queues }) => queues[0] === visit.queue) ?? resting[0];
    if (desk !== undefined) {
      desk.resting = false;
      this.#agenda.plan(at + desk.random.between(5, 20) * SECOND, (then) => this.#next(desk, then));
    } else if (at >= (this.#story.openings.at(-1)?.[1] ?? 0)) this.#reopen(serving, at);
  }

  /** Nobody is sent home: after hours a window opens again for one who was sent on to its queue. */
  #reopen(serving: readonly Desk[], at: number): void {
    const desk = serving[0];
    if (desk === undefined || serving.some(({ isOpen }) => isOpen)) return;
    this.#agenda.plan(at + 30 * SECOND, (then) => {
      desk.tell('idle', then);
      this.#next(desk, then);
    });
  }

  #stayed(visit: Visit, to: number): void {
    this.#stays.push({ zone: visit.zone, from: visit.waitsFrom, to, doing: 'waiting' });
  }

  // --- windows -------------------------------------------------------------------------------------

  #open(desk: Desk, session: number, at: number): void {
    const { isOpen: wasOpen } = desk;
    desk.session = session;
    if (wasOpen) return;
    desk.tell('idle', at);
    this.#agenda.plan(at + desk.random.between(5, 60) * SECOND, (then) => this.#next(desk, then));
  }

  #help({ queue, windows }: Help, at: number): void {
    for (const desk of this.#desks.filter(({ window }) => windows.includes(window))) {
      desk.help(queue);
      const isBack = !desk.isOpen || desk.onBreak !== undefined;
      if (!isBack && !desk.resting) continue;
      desk.onBreak = undefined;
      desk.session = Math.max(
        0,
        desk.shift.sessions.findLastIndex(({ from }) => from <= at),
      );
      desk.resting = false;
      if (isBack) desk.tell('idle', at);
      this.#agenda.plan(at + desk.random.between(5, 20) * SECOND, (then) => this.#next(desk, then));
    }
  }

  /** What a window does once it is free: rest, close, take its break, or call. */
  #next(desk: Desk, at: number): void {
    desk.resting = false;
    if (!desk.isOpen) return;
    const due = desk.takeBreak(at);
    if (due !== undefined) return this.#takeBreak(desk, due, at);
    const ready = desk.held.findIndex(({ readyAt }) => readyAt <= at);
    if (ready >= 0) return this.#resume(desk, ready, at);
    const over = at >= desk.endsAt;
    if (over && desk.held.length === 0 && !this.#stillNeeded(desk)) {
      return desk.tell('closed', at);
    }
    const skip = desk.random.chance(SHARE.outOfOrder);
    const taken = this.#waiting.take(desk.queues, at, skip);
    if (taken !== undefined) return this.#call(desk, taken, at);
    desk.resting = true;
    if (desk.state !== 'idle') desk.tell('idle', at);
    const soonest = Math.min(...desk.held.map(({ readyAt }) => readyAt));
    if (soonest < Infinity)
      this.#agenda.plan(soonest, (then) => desk.resting && this.#next(desk, then));
  }

  /** After hours a window goes on while somebody waits for it (延时服务); a duty window takes on the last few. */
  #stillNeeded(desk: Desk): boolean {
    const queue = desk.queues[0] ?? '';
    const onDuty = this.#desks.some(
      (other) =>
        other !== desk && other.isOpen && other.queues[0] === queue && other.endsAt > desk.endsAt,
    );
    return this.#waiting.count(queue) > (onDuty ? LEFT_TO_DUTY : 0);
  }

  #takeBreak(desk: Desk, due: Break, at: number): void {
    // Who should have closed by now closes instead.
    if (at >= desk.endsAt) return this.#next(desk, at);
    if (due.kind === 'cover') {
      desk.coverUntil(at + due.ms);
      desk.tell('idle', at);
      this.#agenda.plan(at + 20 * SECOND, (then) => this.#next(desk, then));
      return;
    }
    desk.tell(due.kind, at, due.reason);
    desk.onBreak = due;
    this.#agenda.plan(at + due.ms, (then) => {
      if (desk.onBreak !== due) return;
      desk.onBreak = undefined;
      desk.tell('idle', then);
      this.#agenda.plan(then + 5 * SECOND, (later) => this.#next(desk, later));
    });
  }

  #call(desk: Desk, { visit, skipped }: Taken, at: number): void {
    const { random } = desk;
    const window = desk.window;
    const outOfOrder = skipped ? { out_of_order: '急事急办' } : {};
    desk.tell('calling', at);
    desk.ticket({ type: 'called', at, ticket: visit.number, window, ...outOfOrder });
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
      const window = desk.window;
      desk.ticket({ type: 'recalled', at, ticket: visit.number, window });
    });
  }

  #miss(desk: Desk, visit: Visit, at: number): void {
    const window = desk.window;
    desk.ticket({ type: 'no_show', at, ticket: visit.number, window });
    this.#stayed(visit, at);
    const back = at + desk.random.between(2, 16) * MINUTE;
    const lastEnd = desk.shift.sessions.at(-1)?.to ?? 0;
    if (desk.random.chance(SHARE.returns) && back < lastEnd) {
      visit.returned = true;
      this.#agenda.plan(back, (then) => {
        desk.ticket({ type: 'requeued', at: then, ticket: visit.number, window });
        this.#join(visit, then, 2);
      });
    }
    this.#release(desk, at);
  }

  #serve(desk: Desk, visit: Visit, at: number): void {
    const window = desk.window;
    this.#stayed(visit, at);
    visit.firstServedAt ??= at;
    desk.ticket({ type: 'serving', at, ticket: visit.number, window });
    desk.tell('serving', at);
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
        desk.ticket({ type: 'transferred', at, ticket: visit.number, to_queue, window });
        this.#join(visit, at);
        this.#release(desk, at);
      });
    } else if (!visit.held && random.chance(SHARE.held)) {
      visit.held = true;
      this.#agenda.plan(from + ms * 0.35, (at) => {
        attended(at);
        const reason = random.pick(['补充材料', '复印证件', '等待后台核实']);
        desk.ticket({ type: 'held', at, ticket: visit.number, window, reason });
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
    const window = desk.window;
    desk.ticket({ type: 'resumed', at, ticket: held.visit.number, window });
    desk.tell('serving', at);
    this.#attend(desk, held.visit, at, held.leftMs);
  }

  #complete(desk: Desk, visit: Visit, at: number): void {
    const window = desk.window;
    const outcome =
      desk.random.weighted(
        ['done', 'accepted', 'supplement', 'rejected'] as const,
        (each) => OUTCOMES[each],
      ) ?? 'done';
    desk.ticket({ type: 'completed', at, ticket: visit.number, window, outcome });
    this.#services.push({ visit, window, at, outcome });
    this.#release(desk, at);
  }

  /** The visitor is gone: idle at once, the next call after putting papers away. */
  #release(desk: Desk, at: number): void {
    desk.tell('idle', at);
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
    return this.#desks.some(({ isOpen, queues }) => isOpen && queues[0] === queue);
  }
}

const OUTCOMES = { done: 62, accepted: 30, supplement: 6, rejected: 2 } as const;
