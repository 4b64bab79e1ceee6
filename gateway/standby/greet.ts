// The standby's way in at the other gateway: asks for a challenge, proves to have the key, opens the connection. Until the
// other one has proved the same, no word of it is repeated anywhere.
import type { Secret } from '../config/secret.ts';
import { Conversation } from './conversation.ts';
import {
  FOLLOW_PATH,
  newNonce,
  PEER_PROTOCOL,
  proofOf,
  sessionKeysOf,
  STRANGER_BYTES_MAX,
  STRANGER_MS,
  type Introduction,
} from './handshake.ts';
import type { PeerMessage } from './protocol.ts';
import type { Both } from '../../hall/language.ts';
import { localized } from '../start/language.mjs';

export interface GreetOptions {
  /** HTTP address of the other gateway */
  readonly peer: URL;
  readonly key: Secret;
  readonly hall: string;
  readonly gateway: string;
  readonly run: string;
  /** of this gateway's journal */
  readonly format: number;
}

export type Welcome = Extract<PeerMessage, { kind: 'welcome' }>;

/** The other gateway has the key, but is of another version. */
export class UnlikeGateway extends Error {
  override name = 'UnlikeGateway';
  readonly other: Pick<Welcome, 'gateway' | 'protocol' | 'format'>;

  constructor(other: Pick<Welcome, 'gateway' | 'protocol' | 'format'>) {
    super(localized('另一台网关的版本不同', 'the other gateway is of another version'));
    this.other = other;
  }
}

/** By the name of the refusal, which anybody may have sent: our own words for it. */
const WORDS: Readonly<Record<string, Both>> = {
  'peer-busy': {
    zh: '同时询问另一台网关的过多',
    en: 'the other gateway is asked by too many at once',
  },
  'peer-key': {
    zh: '另一台网关的 HALLCAST_PEER_KEY 不一致',
    en: 'the other gateway has another HALLCAST_PEER_KEY',
  },
  'peer-hall': { zh: '另一台网关属于另一个大厅', en: 'the other gateway is of another hall' },
  'peer-self': { zh: '--peer 指向的就是本网关', en: '--peer names this very gateway' },
  'peer-late': {
    zh: '到另一台网关的往返时间过长',
    en: 'the way to the other gateway takes too long',
  },
  'not-ready': {
    zh: '另一台网关正在启动或停止',
    en: 'the other gateway is starting or stopping',
  },
  peer: {
    zh: '另一台网关启动时没有 --peer',
    en: 'the other gateway was started without --peer',
  },
};
const SILENT = { zh: '另一台网关没有应答', en: 'the other gateway does not answer' };
const STRANGE = {
  zh: '--peer 处应答的不是这样的网关，或版本不同',
  en: 'what answers at --peer is no such gateway, or of another version',
};

/** Rejects with why not; with `UnlikeGateway` where the two would not understand each other. */
export async function greet(
  options: GreetOptions,
  signal?: AbortSignal,
): Promise<{ conversation: Conversation; welcome: Welcome }> {
  const { key, hall, gateway, run, format, peer } = options;
  const challenge = await ask(peer, { kind: 'ask' }, 'challenge', signal);
  const nonce = newNonce();
  const introduced: Introduction = {
    ...{ protocol: PEER_PROTOCOL, format, hall, gateway, run, challenge, nonce },
  };
  const hello = { kind: 'hello', ...introduced, proof: proofOf(key, introduced) };
  const ticket = await ask(peer, hello, 'ticket', signal);
  const address = new URL(FOLLOW_PATH, peer);
  address.protocol = peer.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('ticket', ticket);
  const conversation = await Conversation.open(
    address.href,
    sessionKeysOf(key, introduced),
    signal,
  );
  try {
    const welcome = await conversation.next(STRANGER_MS);
    if (welcome?.kind !== 'welcome') throw conversation.ended();
    if (welcome.protocol !== PEER_PROTOCOL || welcome.format !== format) {
      throw new UnlikeGateway(welcome);
    }
    return { conversation, welcome };
  } catch (error) {
    conversation.close();
    throw error;
  }
}

/** One short question and its short answer. */
async function ask(
  peer: URL,
  question: object,
  field: 'challenge' | 'ticket',
  signal?: AbortSignal,
): Promise<string> {
  const late = AbortSignal.timeout(STRANGER_MS);
  let response: Response;
  try {
    response = await fetch(new URL(FOLLOW_PATH, peer), {
      method: 'POST',
      body: JSON.stringify(question),
      redirect: 'manual',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
  } catch {
    throw new Error(localized(SILENT.zh, SILENT.en));
  }
  const fields = await readFields(response);
  if (response.ok) {
    const value = fields[field];
    if (typeof value === 'string' && value.length <= 200) return value;
  }
  const name = String(fields['type']).replace('urn:hallcast:problem:', '');
  const { zh, en } = (Object.hasOwn(WORDS, name) ? WORDS[name] : undefined) ?? STRANGE;
  throw new Error(localized(zh, en));
}

async function readFields({ body }: Response): Promise<Record<string, unknown>> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if (text.length > STRANGER_BYTES_MAX) return {};
    }
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
