// The leader's door for strangers: two short questions over HTTP, few at once, and a ticket for who proves to have the
// key. No WebSocket is opened before, as nothing bounds what arrives there until a message is whole. SPEC §17.12.
import type { Secret } from '../config/secret.ts';
import { json } from '../http/operation.ts';
import { problemResponse } from '../http/problem.ts';
import {
  Challenges,
  isSame,
  newNonce,
  proofOf,
  readQuestion,
  sessionKeysOf,
  STRANGER_BYTES_MAX,
  STRANGER_MS,
  type Hello,
  type SessionKeys,
} from './handshake.ts';
import { message, type Tell } from '../log.ts';

export interface AdmissionOptions {
  readonly hall: string;
  readonly run: string;
  readonly key: Secret;
  /** the other gateway's host, whose slots nobody else takes */
  readonly peerHost: string;
  readonly onWarn: Tell;
  /** a steady clock, ms */
  readonly now?: () => number;
  /** how long a question may take to be whole */
  readonly questionMs?: number;
}

/** Who has proved to have the key. */
export interface Admitted {
  readonly gateway: string;
  readonly protocol: number;
  readonly format: number;
  readonly keys: SessionKeys;
}

/** Questions that are being read: of all, of one address, of the other gateway. */
const SLOTS = { all: 8, each: 2, peer: 4 };
const TICKETS_MAX = 16;
const TOLD_MS = 60_000;

const REFUSALS = {
  'peer-busy': [503, '同时请求的过多', 'too many ask at once'],
  'peer-question': [
    400,
    '不是网关在 5 秒内发来的简短询问',
    'should be a short question of a gateway, within 5 s',
  ],
  'peer-late': [
    401,
    '验证用的随机数超过 5 秒，应重新请求',
    'the challenge is not one of the last 5 s, should be asked for again',
  ],
  'peer-key': [401, 'HALLCAST_PEER_KEY 不一致', 'has another HALLCAST_PEER_KEY'],
  'peer-hall': [409, '属于另一个大厅', 'is of another hall'],
  'peer-self': [409, '--peer 指向的就是本网关', '--peer names this very gateway'],
} as const;
export type PeerRefusal = keyof typeof REFUSALS;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #now: () => number;
  readonly #challenges: Challenges;
  readonly #reading = new Map<string, number>();
  readonly #used = new Map<string, number>();
  readonly #tickets = new Map<string, Admitted & { readonly at: number }>();
  /** from where the key was proved last */
  #peerAddress: string | undefined;
  #refused = 0;
  #toldAt = -Infinity;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#challenges = new Challenges(this.#now);
  }

  /** Questions that are being read. */
  get reading(): number {
    return [...this.#reading.values()].reduce((sum, count) => sum + count, 0);
  }

  async answer(request: Request, address: string): Promise<Response> {
    const slot = this.#isPeer(address) ? 'peer' : address;
    const count = this.#reading.get(slot) ?? 0;
    const others = this.reading - (this.#reading.get('peer') ?? 0);
    const isFull =
      slot === 'peer' ? count >= SLOTS.peer : count >= SLOTS.each || others >= SLOTS.all;
    if (isFull) return this.#refuse('peer-busy', address);
    this.#reading.set(slot, count + 1);
    try {
      const text = await readShort(request, this.#options.questionMs ?? STRANGER_MS);
      const question = text === undefined ? undefined : readQuestion(text);
      if (question === undefined) return this.#refuse('peer-question', address);
      if (question.kind === 'ask') return json({ challenge: this.#challenges.make() });
      const outcome = this.#judge(question);
      if (typeof outcome === 'string') return this.#refuse(outcome, address);
      this.#peerAddress = address;
      return json({ ticket: this.#newTicket(outcome) });
    } finally {
      const left = (this.#reading.get(slot) ?? 1) - 1;
      if (left > 0) this.#reading.set(slot, left);
      else this.#reading.delete(slot);
    }
  }

  /** Once for each ticket. */
  take(ticket: string): Admitted | undefined {
    const admitted = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return admitted !== undefined && this.#isLate(admitted.at) ? undefined : admitted;
  }

  #judge(hello: Hello): Admitted | PeerRefusal {
    const { key, hall, run } = this.#options;
    if (!this.#challenges.isGood(hello.challenge)) return 'peer-late';
    if (!isSame(hello.proof, proofOf(key, hello))) return 'peer-key';
    for (const [challenge, at] of this.#used) {
      if (this.#isLate(at)) this.#used.delete(challenge);
    }
    if (this.#used.has(hello.challenge)) return 'peer-late';
    this.#used.set(hello.challenge, this.#now());
    if (hello.hall !== hall) return 'peer-hall';
    if (hello.run === run) return 'peer-self';
    const { gateway, protocol, format } = hello;
    return { gateway, protocol, format, keys: sessionKeysOf(key, hello) };
  }

  #newTicket(admitted: Admitted): string {
    const ticket = newNonce();
    this.#tickets.set(ticket, { ...admitted, at: this.#now() });
    for (const [oldest, { at }] of this.#tickets) {
      if (this.#tickets.size <= TICKETS_MAX && !this.#isLate(at)) break;
      this.#tickets.delete(oldest);
    }
    return ticket;
  }

  #isLate(at: number): boolean {
    return this.#now() - at > STRANGER_MS;
  }

  #isPeer(address: string): boolean {
    const { peerHost } = this.#options;
    return address === this.#peerAddress || address === peerHost || `[${address}]` === peerHost;
  }

  /** One line a minute at most; nothing that was said is in it. */
  #refuse(name: PeerRefusal, address: string): Response {
    const [status, zh, detail] = REFUSALS[name];
    this.#refused++;
    const present = this.#now();
    if (present - this.#toldAt >= TOLD_MS) {
      this.#options.onWarn(message('standby.stranger', { reason: { zh, en: detail } }), {
        ...{ stage: 'standby', address, times: this.#refused },
      });
      this.#toldAt = present;
      this.#refused = 0;
    }
    const headers = status === 503 ? { 'retry-after': '1' } : {};
    return problemResponse({ status, title: 'Not let in', detail, name, headers });
  }
}

/** Undefined where it is longer than a stranger may be, or slower. */
async function readShort(request: Request, ms: number): Promise<string | undefined> {
  const reader = request.body?.getReader();
  if (reader === undefined) return '';
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), ms);
  const bytes = new Uint8Array(STRANGER_BYTES_MAX);
  let length = 0;
  try {
    const began = performance.now();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return performance.now() - began < ms ? textOf(bytes, length) : undefined;
      if (length + value.length > bytes.length) return undefined;
      bytes.set(value, length);
      length += value.length;
    }
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
  }
}

function textOf(bytes: Uint8Array, length: number): string {
  return new TextDecoder().decode(bytes.subarray(0, length));
}
