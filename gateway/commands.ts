// What people do: one command after the other is decided on the present state, its events are journaled with who did it, and
// the answer waits until they are durable and folded. SPEC §22.
import { createHash } from 'node:crypto';
import {
  type AnyCommandType,
  type By,
  type CommandInput,
  type CommandRefusal,
  decide,
  type DecideContext,
  NOBODY,
  orderKey,
  parseCommand,
} from '../hall/command.ts';
import { bitOf, NO_MARKS } from '../hall/marks.ts';
import type { Clock } from './clock.ts';
import { type Draft, type Journal, JournalClosed, JournalFull } from './journal.ts';

export interface CommandsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** what a decision is made on, now */
  readonly context: () => Omit<DecideContext, 'now'>;
  /** False at the standby of a pair. */
  readonly leads: () => boolean;
  /** address of the other gateway's pages, where there is one */
  readonly leader: string | undefined;
  readonly observe: (type: AnyCommandType, result: string) => void;
}

export type CommandAnswer =
  { readonly seq: number; readonly result: object } | { readonly refused: Refused };

export interface Refused extends Omit<CommandRefusal, 'status'> {
  readonly status: CommandRefusal['status'] | 503;
  readonly leader?: string;
}

/** Events of commands that no page of its own gave come from this name. */
const DEVICE = 'command';

export class Commands {
  readonly #options: CommandsOptions;
  /** By order key and by id: what is being decided. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** Why nothing can be decided here now; undefined where commands are taken. */
  get refusal(): Refused | undefined {
    const { journal, leads, leader } = this.#options;
    if (!leads()) {
      const detail = 'this gateway does not lead, the other one should be asked';
      const { refused: standby } = refused(409, 'standby', detail);
      return leader === undefined ? standby : { ...standby, leader };
    }
    return journal.stats.failing ? notReady(DISK_REFUSES).refused : undefined;
  }

  /**
   * @param body as it came, JSON
   * @param who the gateway's own name for what it decides by itself
   */
  async run(
    type: AnyCommandType,
    body: unknown,
    from: By['from'],
    who: string = NOBODY.who,
  ): Promise<CommandAnswer> {
    const answer = await this.#run(type, body, { ...NOBODY, who, from });
    this.#options.observe(type, 'refused' in answer ? answer.refused.reason : 'done');
    return answer;
  }

  async #run(type: AnyCommandType, body: unknown, by: By): Promise<CommandAnswer> {
    const parsed = parseCommand(type, body === undefined ? {} : body);
    if (!parsed.ok) return refused(400, `field:${parsed.field}`, parsed.detail);
    const { command } = parsed;
    const keys = [
      `key ${orderKey(command)}`,
      ...(command.id === undefined ? [] : [`id ${command.id}`]),
    ];
    return await this.#inOrder(keys, () => this.#decided(command, by));
  }

  /** Waits for whatever has one of these keys; and what comes after it with one of them waits for it. */
  async #inOrder<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = Promise.allSettled(keys.flatMap((key) => this.#busy.get(key) ?? []));
    const mine = before.then(work);
    for (const key of keys) this.#busy.set(key, mine);
    try {
      return await mine;
    } finally {
      for (const key of keys) if (this.#busy.get(key) === mine) this.#busy.delete(key);
    }
  }

  async #decided(command: CommandInput, by: By): Promise<CommandAnswer> {
    const { journal, clock, context } = this.#options;
    // Asked here, as leadership may have ended while the command waited for another one.
    const { refusal } = this;
    if (refusal !== undefined) return { refused: refusal };
    const { type, at } = command;
    const digest = digestOf(command);
    const known = command.id === undefined ? undefined : journal.command(command.id);
    if (known?.command !== undefined) {
      const { command: note, seq } = known;
      if (note.digest !== digest) return idInUse(command.id!, note.type);
      return { seq: seq + note.events - 1, result: note.result };
    }
    const now = clock.now();
    const { hall } = context();
    if (at !== undefined && (at > now || at < hall.day.start)) {
      const detail = `at: is ${at}, should be from ${hall.day.start}, the beginning of the business day, to ${now}`;
      return refused(400, 'field:at', detail);
    }
    const decision = decide(command, { ...context(), now });
    if ('refused' in decision) return decision;
    const { events, result } = decision;
    // The hall is so already. The event that made it so is durable: commands with one order key wait for each other.
    if (events.length === 0) return { seq: journal.lastSeq, result };
    const id = command.id ?? crypto.randomUUID();
    const drafts = events.map(({ stream, signal }, index): Draft => {
      const own = index === 0 ? id : `${id}.${index + 1}`;
      return {
        ...{ device: DEVICE, stream, id: own, at: at ?? now, by },
        marks: at === undefined ? NO_MARKS : bitOf('by_hand'),
        signal: { ...signal, id: own, ...(at !== undefined && { at }) },
        ...(index === 0 && { command: { type, digest, result, events: events.length } }),
      };
    });
    try {
      const { entries } = await journal.append(drafts, [], now);
      const last = entries.at(-1);
      if (entries.length < drafts.length || last === undefined) return idInUse(id, undefined);
      return { seq: last.seq, result };
    } catch (error) {
      if (!(error instanceof JournalClosed) && !(error instanceof JournalFull)) throw error;
      return notReady(error.message);
    }
  }
}

const DISK_REFUSES =
  'the journal cannot be written to its disk, so that nothing can be decided; there is a fault that says what to do';

function notReady(detail: string) {
  return { refused: { status: 503, reason: 'not-ready', detail } as const };
}

function refused(status: CommandRefusal['status'], reason: string, detail: string) {
  return { refused: { status, reason, detail } };
}

function idInUse(id: string, type: string | undefined) {
  const what = type === undefined ? 'an earlier command' : `a ${type} with other fields`;
  return refused(422, 'id', `id: "${id}" is that of ${what}, should be a new one`);
}

/** Equal for commands of equal type and fields, in whatever order these come. */
function digestOf({ type, at, fields }: CommandInput): string {
  const sorted = Object.entries({ ...fields, at }).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([type, sorted]))
    .digest('hex');
}
