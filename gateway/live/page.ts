// One page on the live stream: its socket, what it may send, and what happens when it reads too slowly.
import * as v from 'valibot';
import {
  CLIENT_MESSAGE,
  PROTOCOL,
  type ClientMessage,
  type ServerMessage,
} from '../../hall/protocol.ts';
import { CLOSE } from '../http/frames.ts';

export interface PageLimits {
  /** Unsent bytes from which on deltas are left out … */
  readonly laggingBytes: number;
  /** … until there are fewer than so many, and a snapshot comes. */
  readonly drainedBytes: number;
  /** Closed after lagging for so long. */
  readonly laggingMs: number;
  /** Characters of a message from a page, messages per second and at once. */
  readonly messageLength: number;
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  /** A page that has said no hello by then is closed. */
  readonly helloMs: number;
  /** Of the messages those that ask for a snapshot. */
  readonly hellosPerSecond: number;
  readonly hellosBurst: number;
}

export const PAGE_LIMITS: PageLimits = {
  laggingBytes: 256 * 1024,
  drainedBytes: 32 * 1024,
  laggingMs: 20_000,
  messageLength: 64 * 1024,
  messagesPerSecond: 150,
  messagesBurst: 450,
  helloMs: 10_000,
  hellosPerSecond: 2,
  hellosBurst: 10,
};

export type Hello = Extract<ClientMessage, { type: 'hello' }>;
export type Painted = Extract<ClientMessage, { type: 'painted' }>;

export interface PageEvents {
  hello(page: Page, hello: Hello): void;
  painted(page: Page, painted: Painted): void;
  /** A message that cannot be read, or too many of them. */
  bad(page: Page, reason: 'message' | 'protocol' | 'rate' | 'size'): void;
  /** It will get nothing more. */
  gone(page: Page): void;
  /** Its connection has ended; comes once, after `gone` or instead of it. */
  closed(page: Page): void;
}

export class Page {
  readonly address: string;
  readonly request: Request;
  readonly #socket: WebSocket;
  readonly #limits: PageLimits;
  /** gateway time from which on it has been watching; a page that came back has been all along */
  #watchingSince = Infinity;
  #laggingSince: number | undefined;
  #closing = false;
  readonly #messages: Bucket;
  readonly #hellos: Bucket;
  readonly #version: string;
  readonly #helloTimer: ReturnType<typeof setTimeout>;

  /** @param version of the pages that this gateway serves */
  constructor(
    socket: WebSocket,
    { request, address, version }: { request: Request; address: string; version: string },
    events: PageEvents,
    limits: PageLimits,
  ) {
    this.#socket = socket;
    this.request = request;
    this.address = address;
    this.#limits = limits;
    this.#version = version;
    this.#messages = new Bucket(limits.messagesPerSecond, limits.messagesBurst);
    this.#hellos = new Bucket(limits.hellosPerSecond, limits.hellosBurst);
    this.#helloTimer = setTimeout(() => this.close(CLOSE.policy, 'no hello'), limits.helloMs);
    socket.onmessage = ({ data }) => this.#receive(data, events);
    socket.onclose = ({ code }) => {
      clearTimeout(this.#helloTimer);
      // Refused by its header, before it was read.
      if (code === CLOSE.tooBig && !this.#closing) events.bad(this, 'size');
      events.closed(this);
    };
    // An error is followed by a close, which tells it.
    socket.onerror = (event) => event.preventDefault();
  }

  get lagging(): boolean {
    return this.#laggingSince !== undefined;
  }

  /** Sends unless the page reads too slowly; then it misses this and everything until a snapshot. */
  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN || this.lagging) return;
    if (this.#socket.bufferedAmount > this.#limits.laggingBytes) {
      this.#laggingSince = performance.now();
      return;
    }
    this.#socket.send(text);
  }

  tell(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  /**
   * What a lagging page comes to: `drained` once, when it may get a snapshot; closed after too long.
   */
  drained(events: PageEvents): boolean {
    if (this.#laggingSince === undefined) return false;
    if (this.#socket.bufferedAmount <= this.#limits.drainedBytes) {
      this.#laggingSince = undefined;
      return true;
    }
    if (performance.now() - this.#laggingSince > this.#limits.laggingMs) {
      // Its close frame waits behind what it does not read: it is gone before its connection ends.
      this.close(CLOSE.tryAgain, 'too slow');
      events.gone(this);
    }
    return false;
  }

  /**
   * It said which view it shows.
   * @param now gateway time, ms
   * @param cameBack it brought what it had: what happened meanwhile it shows late
   */
  greeted(now: number, cameBack: boolean): void {
    clearTimeout(this.#helloTimer);
    this.#watchingSince = cameBack ? -Infinity : Math.min(this.#watchingSince, now);
  }

  wasThereAt(time: number): boolean {
    return time >= this.#watchingSince;
  }

  close(code: number, reason: string): void {
    this.#closing = true;
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code, reason);
  }

  /** Without waiting for the peer. */
  end(): void {
    this.#closing = true;
    clearTimeout(this.#helloTimer);
    if ('terminate' in this.#socket) (this.#socket as { terminate(): void }).terminate();
    else this.#socket.close(CLOSE.tryAgain, 'too many pages');
  }

  #receive(data: unknown, events: PageEvents): void {
    if (this.#closing) return;
    if (!this.#messages.take()) {
      events.bad(this, 'rate');
      this.close(CLOSE.policy, 'too many messages');
      return;
    }
    if (typeof data !== 'string' || data.length > this.#limits.messageLength) {
      events.bad(this, 'size');
      this.close(CLOSE.tooBig, `text of at most ${this.#limits.messageLength} characters`);
      return;
    }
    const message = parse(data);
    if (message === 'message' || message === 'protocol') {
      events.bad(this, message);
      const wanted = message === 'protocol' ? `protocol ${PROTOCOL}` : 'hello or painted';
      const version = message === 'protocol' ? { version: this.#version } : {};
      const detail = `message: should be ${wanted}`;
      this.tell({ type: 'error', reason: message, detail, ...version });
      if (message === 'protocol') this.close(CLOSE.policy, message);
    } else if (message.type === 'hello') {
      if (this.#hellos.take()) return events.hello(this, message);
      events.bad(this, 'rate');
      this.close(CLOSE.policy, 'too many hellos');
    } else {
      events.painted(this, message);
    }
  }
}

/** A token bucket. */
class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at = performance.now();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  take(): boolean {
    const now = performance.now();
    const gained = ((now - this.#at) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained) - 1;
    this.#at = now;
    return this.#tokens >= 0;
  }
}

function parse(text: string): ClientMessage | 'message' | 'protocol' {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'message';
  }
  const parsed = v.safeParse(CLIENT_MESSAGE, json);
  if (parsed.success) return parsed.output;
  const other = typeof json === 'object' && json !== null && 'protocol' in json && json.protocol;
  return other !== false && other !== PROTOCOL ? 'protocol' : 'message';
}
