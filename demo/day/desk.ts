// One window of the demo hall at work: what it is doing, and how it tells that.
import type { WindowStateName } from '../../hall/signal.ts';
import type { Visit } from './arrivals.ts';
import type { Random } from './random.ts';
import type { Break, Shift } from './roster.ts';
import type { Draft, Story } from './story.ts';

export class Desk {
  readonly shift: Shift;
  readonly random: Random;
  /** Which of the shift's sessions it is in; -1 before the first. */
  session = -1;
  state: WindowStateName = 'closed';
  /** Nobody is at it and it is looking for no one: a new ticket may wake it. */
  resting = false;
  /** Tickets that are set aside until `readyAt`. */
  readonly held: { visit: Visit; readyAt: number; leftMs: number }[] = [];
  /** The break that it is on: who is called back ends it. */
  onBreak: Break | undefined;
  readonly #drafts: Draft[];
  readonly #helped: string[] = [];
  #nextBreak = 0;
  #coveredUntil = 0;

  constructor(story: Story, shift: Shift) {
    this.shift = shift;
    this.random = story.random.fork(`desk ${shift.window.id}`);
    this.#drafts = story.drafts;
  }

  get window(): string {
    return this.shift.window.id;
  }

  get queues(): readonly string[] {
    return [...this.shift.window.queues, ...this.#helped];
  }

  /** Serves this queue too from now on. */
  help(queue: string): void {
    if (!this.queues.includes(queue)) this.#helped.push(queue);
  }

  get isOpen(): boolean {
    return this.state !== 'closed';
  }

  /** When its present session ends, if nobody waits any more. */
  get endsAt(): number {
    return this.shift.sessions[this.session]?.to ?? 0;
  }

  /** The break that has become due; it is given once. */
  takeBreak(at: number): Break | undefined {
    const due = this.shift.breaks[this.#nextBreak];
    if (due === undefined || due.at > at) return undefined;
    this.#nextBreak += 1;
    return due;
  }

  /** The substitute takes the seat until then. */
  coverUntil(at: number): void {
    this.#coveredUntil = at;
  }

  ticket(signal: Extract<Draft, { stream: 'ticket' }>['signal']): void {
    this.#drafts.push({ device: this.shift.caller, stream: 'ticket', signal });
  }

  tell(state: WindowStateName, at: number, reason = ''): void {
    const { caller, window, staff, substitute, covered } = this.shift;
    this.state = state;
    const replaced = substitute !== undefined && (covered || at < this.#coveredUntil);
    const person = replaced ? { staff: substitute, substitute: true } : { staff };
    this.#drafts.push({
      device: caller,
      stream: 'window',
      signal: {
        type: 'state',
        at,
        window: window.id,
        state,
        ...(state !== 'closed' && person),
        ...(reason !== '' && { reason }),
      },
    });
  }
}
