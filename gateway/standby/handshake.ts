// How two gateways of one hall prove to each other that they have the key, before there is a connection, and the keys
// that everything after that is sealed with. The key itself is not sent. SPEC §17.4, 17.11.
import { Buffer } from 'node:buffer';
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import type { Secret } from '../config/secret.ts';

/** Raised when two gateways of different versions would not understand each other. */
export const PEER_PROTOCOL = 3;

export const FOLLOW_PATH = '/api/v1/journal/follow';
/** Nobody who has not proved anything says more than that, bytes. */
export const STRANGER_BYTES_MAX = 2_048;
/** So long a stranger may take for each of the two questions, and between them. */
export const STRANGER_MS = 5_000;

const short = v.pipe(v.string(), v.maxLength(100));
const number = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What the standby says of itself. */
const introduction = {
  protocol: number,
  /** of its journal */
  format: number,
  ...{ hall: short, gateway: short, run: short },
  /** the leader's, and its own: fresh in each conversation */
  challenge: v.pipe(v.string(), v.maxLength(200)),
  nonce: short,
};

const questions = v.variant('kind', [
  v.strictObject({ kind: v.literal('ask') }),
  // A later version may say more.
  v.object({ kind: v.literal('hello'), ...introduction, proof: short }),
]);

export type Question = v.InferOutput<typeof questions>;
export type Hello = Extract<Question, { kind: 'hello' }>;
export type Introduction = Omit<Hello, 'kind' | 'proof'>;

/** Undefined for what is none: what a stranger said is told nowhere. */
export function readQuestion(text: string): Question | undefined {
  try {
    const parsed = v.safeParse(questions, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/** That whoever says this has the key (RFC 2104), in this conversation only; nothing of it can be altered on the way. */
export function proofOf(key: Secret, introduced: Introduction): string {
  return macOf(key.reveal(), `hallcast/peer/hello/${transcriptOf(introduced)}`);
}

/** Keys of one conversation, one for each direction (RFC 5869). */
export interface SessionKeys {
  readonly leader: Uint8Array;
  readonly standby: Uint8Array;
}

export function sessionKeysOf(key: Secret, introduced: Introduction): SessionKeys {
  const { challenge, nonce } = introduced;
  const derive = (part: string): Uint8Array => {
    const info = `hallcast/peer/${part}/${transcriptOf(introduced)}`;
    const digest = createHmac('sha256', '').update(info).digest();
    return new Uint8Array(hkdfSync('sha256', key.reveal(), `${challenge}/${nonce}`, digest, 32));
  };
  return { leader: derive('leader'), standby: derive('standby') };
}

function transcriptOf(introduced: Introduction): string {
  const { protocol, format, hall, gateway, run, challenge, nonce } = introduced;
  return JSON.stringify([protocol, format, hall, gateway, run, challenge, nonce]);
}

/** The leader's challenges: it keeps none of them, so that asking for many costs it nothing. */
export class Challenges {
  readonly #secret = randomBytes(32);
  readonly #now: () => number;

  /** @param now a steady clock, ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  make(): string {
    const text = `${Math.ceil(this.#now())}.${newNonce()}`;
    return `${text}.${macOf(this.#secret, text)}`;
  }

  /** Made here, and lately. */
  isGood(challenge: string): boolean {
    const at = challenge.lastIndexOf('.');
    const text = challenge.slice(0, at);
    const age = this.#now() - Number.parseInt(text, 10);
    return isSame(challenge.slice(at + 1), macOf(this.#secret, text)) && age <= STRANGER_MS;
  }
}

/** In constant time. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function macOf(key: string | Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
