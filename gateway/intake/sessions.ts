// Sessions that outlive their connection (clean session 0), where the hall file relays: their subscriptions, and the
// messages of QoS 1 and 2 that wait for them. Kept over a restart, within budgets. SPEC §20.
import { isOfFilter } from '../topic-filter.ts';
import type { Durable } from './durable.ts';

export interface SessionLimits {
  /** Sessions; those of clients that are not listed may be half of them. */
  readonly sessionsMax: number;
  /** Messages that wait for one client. */
  readonly queueMax: number;
  /** All that waits, in bytes; what waits for clients that are not listed may be half of it. */
  readonly bytesMax: number;
  /** A client that stays away for so long has none any more, ms. */
  readonly keptMs: number;
}

export interface Waiting {
  readonly number: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 1 | 2;
  /** It was sent, under this packet id. */
  messageId: number | undefined;
  /** Its client has it (PUBREC) and waits for PUBREL. */
  released: boolean;
}

interface Session {
  readonly id: string;
  readonly listed: boolean;
  readonly filters: Map<string, { readonly levels: readonly string[]; readonly qos: 0 | 1 | 2 }>;
  readonly queue: Waiting[];
  /** ms since 1970; undefined while its client is connected */
  awaySince: number | undefined;
}

export class Sessions {
  readonly #limits: SessionLimits;
  readonly #durable: Durable;
  readonly #now: () => number;
  readonly #isListed: (id: string) => boolean;
  readonly #byId = new Map<string, Session>();
  #unlisted = 0;
  #number = 0;
  #bytes = { listed: 0, unlisted: 0 };
  refused = 0;
  queueRefused = 0;

  /** @param now ms since 1970 */
  constructor(
    limits: SessionLimits,
    durable: Durable,
    isListed: (id: string) => boolean,
    now: () => number,
  ) {
    this.#limits = limits;
    this.#durable = durable;
    this.#isListed = isListed;
    this.#now = now;
    // Sessions first: the others hang on them.
    const found = [...durable.found].sort(
      ([a], [b]) => (a[0] === 's' ? 0 : 1) - (b[0] === 's' ? 0 : 1),
    );
    for (const [key, value] of found) this.#restore(key, value);
    for (const { queue } of this.#byId.values()) queue.sort((a, b) => a.number - b.number);
  }

  get size(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes.listed + this.#bytes.unlisted;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Makes a session; false where there is no room. */
  open(id: string): boolean {
    if (this.#byId.has(id)) return true;
    const listed = this.#isListed(id);
    const { sessionsMax } = this.#limits;
    if (this.#byId.size >= sessionsMax || (!listed && this.#unlisted >= sessionsMax / 2)) {
      this.refused++;
      return false;
    }
    this.#add(id, listed, undefined);
    this.#durable.put(`s ${id}`, '0');
    return true;
  }

  end(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    for (const filter of [...session.filters.keys()]) this.unsubscribe(id, filter);
    for (const waiting of [...session.queue]) this.#remove(session, waiting);
    this.#byId.delete(id);
    if (!session.listed) this.#unlisted--;
    this.#durable.delete(`s ${id}`);
  }

  endAll(): void {
    for (const id of [...this.#byId.keys()]) this.end(id);
  }

  connected(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.awaySince = undefined;
    this.#durable.put(`s ${id}`, '0');
  }

  /** A packet id after those that were given. */
  nextId(id: string): number {
    return (Math.max(0, ...this.queue(id).map(({ messageId = 0 }) => messageId)) % 65_535) + 1;
  }

  away(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.awaySince = this.#now();
    this.#durable.put(`s ${id}`, String(session.awaySince));
  }

  sweep(): void {
    const before = this.#now() - this.#limits.keptMs;
    for (const { id, awaySince } of this.#byId.values()) {
      if (awaySince !== undefined && awaySince < before) this.end(id);
    }
  }

  subscriptions(id: string): { topic: string; qos: 0 | 1 | 2 }[] {
    const filters = this.#byId.get(id)?.filters ?? new Map<string, { qos: 0 | 1 | 2 }>();
    return [...filters].map(([topic, { qos }]) => ({ topic, qos }));
  }

  subscribe(id: string, filter: string, qos: 0 | 1 | 2): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.filters.set(filter, { levels: filter.split('/'), qos });
    this.#durable.put(`f ${id}\n${filter}`, String(qos));
  }

  unsubscribe(id: string, filter: string): void {
    if (this.#byId.get(id)?.filters.delete(filter)) this.#durable.delete(`f ${id}\n${filter}`);
  }

  /** Lets a message wait for each session that wants it at QoS 1 or 2, until its client has it. */
  enqueue(
    topic: string,
    payload: Uint8Array,
    qos: 1 | 2,
    mayReceive: (id: string) => boolean,
  ): void {
    for (const session of this.#byId.values()) {
      let granted = 0;
      for (const filter of session.filters.values()) {
        if (filter.qos > granted && isOfFilter(filter.levels, topic)) granted = filter.qos;
      }
      if (granted === 0 || !mayReceive(session.id)) continue;
      const { queueMax, bytesMax } = this.#limits;
      const size = sizeOf(topic, payload);
      const full = this.bytes + size > bytesMax || session.queue.length >= queueMax;
      if (full || (!session.listed && this.#bytes.unlisted + size > bytesMax / 2)) {
        this.queueRefused++;
        continue;
      }
      const waiting: Waiting = {
        ...{ number: ++this.#number, topic, payload, qos: Math.min(granted, qos) as 1 | 2 },
        ...{ messageId: undefined, released: false },
      };
      this.#push(session, waiting);
      this.#keep(session, waiting);
    }
  }

  /** What waits for a client, oldest first. */
  queue(id: string): readonly Waiting[] {
    return this.#byId.get(id)?.queue ?? [];
  }

  /** The message is sent: under the packet id that it had, or that one where it is free, or another one. */
  sent(id: string, waiting: Waiting, messageId: number): number {
    const session = this.#byId.get(id);
    if (session === undefined || waiting.messageId !== undefined)
      return waiting.messageId ?? messageId;
    const used = new Set(session.queue.map((each) => each.messageId));
    let free = messageId;
    while (used.has(free)) free = (free % 65_535) + 1;
    waiting.messageId = free;
    this.#keep(session, waiting);
    return free;
  }

  /** PUBREC has come: the message is not sent again, its PUBREL is. */
  release(id: string, messageId: number): void {
    const session = this.#byId.get(id);
    const waiting = session?.queue.find((each) => each.messageId === messageId);
    if (session === undefined || waiting === undefined || waiting.released) return;
    waiting.released = true;
    this.#keep(session, waiting);
  }

  /** PUBACK or PUBCOMP has come. */
  done(id: string, messageId: number): Waiting | undefined {
    const session = this.#byId.get(id);
    const waiting = session?.queue.find((each) => each.messageId === messageId);
    if (session !== undefined && waiting !== undefined) this.#remove(session, waiting);
    return waiting;
  }

  #add(id: string, listed: boolean, awaySince: number | undefined): void {
    this.#byId.set(id, { id, listed, filters: new Map(), queue: [], awaySince });
    if (!listed) this.#unlisted++;
  }

  #push(session: Session, waiting: Waiting): void {
    session.queue.push(waiting);
    this.#bytes[session.listed ? 'listed' : 'unlisted'] += sizeOf(waiting.topic, waiting.payload);
  }

  #remove(session: Session, waiting: Waiting): void {
    session.queue.splice(session.queue.indexOf(waiting), 1);
    this.#bytes[session.listed ? 'listed' : 'unlisted'] -= sizeOf(waiting.topic, waiting.payload);
    this.#durable.delete(keyOf(session, waiting));
  }

  #keep(session: Session, waiting: Waiting): void {
    const { topic, payload, qos, messageId, released } = waiting;
    const p = Buffer.from(payload).toString('base64');
    const value = { t: topic, p, q: qos, m: messageId, r: released };
    this.#durable.put(keyOf(session, waiting), JSON.stringify(value));
  }

  #restore(key: string, value: string): void {
    const rest = key.slice(2);
    if (key.startsWith('s ')) {
      this.#add(rest, this.#isListed(rest), Number(value) || this.#now());
    } else if (key.startsWith('f ')) {
      const end = rest.indexOf('\n');
      const filter = rest.slice(end + 1);
      const qos = Number(value) as 0 | 1 | 2;
      this.#byId.get(rest.slice(0, end))?.filters.set(filter, { levels: filter.split('/'), qos });
    } else if (key.startsWith('o ')) {
      const number = Number.parseInt(rest, 10);
      const session = this.#byId.get(rest.slice(rest.indexOf(' ') + 1));
      const { t, p, q, m, r } = JSON.parse(value) as {
        t: string;
        p: string;
        q: 1 | 2;
        m?: number;
        r: boolean;
      };
      this.#number = Math.max(this.#number, number);
      if (session === undefined) return void this.#durable.delete(key);
      const payload = Buffer.from(p, 'base64');
      const waiting = { number, topic: t, payload, qos: q, messageId: m, released: r };
      this.#push(session, waiting);
    }
  }
}

function keyOf({ id }: Session, { number }: Waiting): string {
  return `o ${number} ${id}`;
}

function sizeOf(topic: string, payload: Uint8Array): number {
  return topic.length + payload.length + 100;
}
