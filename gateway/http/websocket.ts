// A WebSocket at the server's side, over the TCP connection itself. Deno's own keeps the handle of a connection that is
// reset while it is upgraded for ever, takes fragments without a limit, and cannot end a connection whose peer does not
// answer a close. SPEC §6.10.
import type { Socket } from 'node:net';
import { CLOSE, closeFrame, frame, FrameError, FrameReader, OPCODE } from './frames.ts';

export interface SocketLimits {
  /** Bytes of one message, whatever its fragments. */
  readonly messageBytesMax: number;
  /** More is read later, so that the sender is held back. */
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Ended when a message is not whole so long after its beginning … */
  readonly wholeMs: number;
  /** … when the peer has not answered a close … */
  readonly closeMs: number;
  /** … and when nothing was heard, though it was asked after a third of that; 0 = it is not asked. */
  readonly idleMs: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  messageBytesMax: 64 * 1024,
  framesPerSecond: 5_000,
  bytesPerSecond: 16 * 1024 * 1024,
  wholeMs: 30_000,
  closeMs: 5_000,
  idleMs: 30_000,
};

/** So long the budgets of a second may be used ahead. */
const BURST_S = 2;
const LOOK_MS_MAX = 1_000;
/** Pings are not answered to a peer that does not read its pongs. */
const UNSENT_MAX = 64 * 1024;

export class ServerSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly extensions = '';
  readonly protocol: string;
  readonly url: string;
  binaryType: BinaryType = 'blob';
  onopen: WebSocket['onopen'] = null;
  onmessage: WebSocket['onmessage'] = null;
  onclose: WebSocket['onclose'] = null;
  onerror: WebSocket['onerror'] = null;
  readonly #tcp: Socket;
  readonly #limits: SocketLimits;
  readonly #reader: FrameReader;
  readonly #look: ReturnType<typeof setInterval>;
  #state: 0 | 1 | 2 | 3 = 0;
  #end = { code: CLOSE.abnormal as number, reason: '', clean: false };
  #heardAt = performance.now();
  #askedAt = 0;
  #withinSince: number | undefined;
  #closeBy = Infinity;
  #isPaused = false;
  #heldUntil = 0;
  #release: ReturnType<typeof setTimeout> | undefined;
  /** Seconds of each budget that are used: they pass with time. */
  #used = { frames: 0, bytes: 0, at: performance.now() };

  /**
   * @param tcp on which the handshake was answered
   * @param head what came behind the handshake already
   */
  constructor(
    tcp: Socket,
    head: Uint8Array,
    { url, protocol, limits }: { url: string; protocol: string; limits: SocketLimits },
  ) {
    super();
    this.#tcp = tcp;
    this.#limits = limits;
    this.url = url;
    this.protocol = protocol;
    this.#reader = new FrameReader(limits.messageBytesMax, {
      text: (text) => this.#tell(new MessageEvent('message', { data: text })),
      binary: (bytes) => this.#tell(new MessageEvent('message', { data: this.#wrap(bytes) })),
      ping: (payload) =>
        this.bufferedAmount < UNSENT_MAX && this.#write(frame(OPCODE.pong, payload)),
      pong: () => {},
      close: (code, reason) => this.#answerClose(code, reason),
    });
    const shortest = Math.min(limits.closeMs, limits.wholeMs, limits.idleMs || Infinity);
    this.#look = setInterval(() => this.#lookAfter(), Math.min(LOOK_MS_MAX, shortest / 2));
    tcp.setNoDelay(true);
    tcp.on('error', () => this.#tell(new Event('error')));
    tcp.on('close', () => this.#closed());
    tcp.on('end', () => tcp.destroy());
    // Whoever asked for the upgrade listens first.
    queueMicrotask(() => this.#open(head));
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** Bytes that the kernel has not taken yet. */
  get bufferedAmount(): number {
    return this.#tcp.writableLength;
  }

  get messageBytesMax(): number {
    return this.#reader.messageBytesMax;
  }

  /** Another limit for what comes from now on, such as for a peer that has proved who it is. */
  set messageBytesMax(bytes: number) {
    this.#reader.messageBytesMax = bytes;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (this.#state !== this.OPEN) return;
    if (data instanceof Blob) throw new TypeError('send: should be text or bytes');
    if (typeof data === 'string') return this.#write(textFrame(data));
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    this.#write(frame(OPCODE.binary, bytes));
  }

  /** Asks the peer to close; ends the connection where it does not answer. */
  close(code: number = CLOSE.normal, reason = ''): void {
    if (this.#state >= this.CLOSING) return;
    this.#state = this.CLOSING;
    this.#closeBy = performance.now() + this.#limits.closeMs;
    this.#end = { code, reason, clean: false };
    this.#write(closeFrame(code, reason));
    // Only the answer is waited for: what else the peer says is thrown away.
    this.#isPaused = false;
    this.#flow();
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#tcp.destroy();
  }

  /** Reads nothing until `resume`: TCP then holds the peer back. */
  pause(): void {
    this.#isPaused = true;
    this.#flow();
  }

  resume(): void {
    this.#isPaused = false;
    this.#flow();
  }

  #open(head: Uint8Array): void {
    if (this.#tcp.destroyed) return this.#closed();
    if (this.#state !== this.CONNECTING) return;
    this.#state = this.OPEN;
    this.#tell(new Event('open'));
    this.#tcp.on('data', (chunk) => this.#take(chunk));
    if (head.length > 0) this.#take(head);
    this.#flow();
  }

  #take(chunk: Uint8Array): void {
    const now = performance.now();
    this.#heardAt = now;
    const before = this.#reader.frames;
    try {
      this.#reader.take(chunk);
    } catch (error) {
      this.#fail(error);
    }
    this.#withinSince = this.#reader.isWithin ? (this.#withinSince ?? now) : undefined;
    this.#charge(now, this.#reader.frames - before, chunk.length);
  }

  /** A peer that says more than its budget is read again when the budget has been met. */
  #charge(now: number, frames: number, bytes: number): void {
    const { framesPerSecond, bytesPerSecond } = this.#limits;
    const used = this.#used;
    const passed = (now - used.at) / 1000;
    used.at = now;
    used.frames = Math.max(0, used.frames - passed) + frames / framesPerSecond;
    used.bytes = Math.max(0, used.bytes - passed) + bytes / bytesPerSecond;
    const over = Math.max(used.frames, used.bytes) - BURST_S;
    if (over <= 0 || this.#state === this.CLOSED) return;
    this.#heldUntil = now + over * 1000;
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.#flow(), over * 1000);
    this.#flow();
  }

  #flow(): void {
    const now = performance.now();
    if (this.#isPaused || now < this.#heldUntil) this.#tcp.pause();
    else {
      if (this.#tcp.isPaused()) this.#heardAt = now;
      this.#tcp.resume();
    }
  }

  #fail(error: unknown): void {
    this.#reader.stop();
    if (!(error instanceof FrameError)) {
      this.#tcp.destroy();
      throw error;
    }
    this.close(error.code, error.message);
    // What the peer goes on to send cannot be read, nor an answer be found in it.
    this.#tcp.end();
  }

  #answerClose(code: number, reason: string): void {
    this.#reader.stop();
    const asked = this.#state === this.CLOSING;
    this.#end = asked ? { ...this.#end, clean: true } : { code, reason, clean: true };
    if (!asked) this.#write(closeFrame(code === CLOSE.noStatus ? CLOSE.normal : code, ''));
    this.#state = this.CLOSING;
    this.#closeBy = Math.min(this.#closeBy, performance.now() + this.#limits.closeMs);
    // The server ends the connection first (RFC 6455 §7.1.1); a peer that does not follow is cut off.
    this.#tcp.end();
  }

  #lookAfter(): void {
    const now = performance.now();
    const { wholeMs, idleMs } = this.#limits;
    if (now > this.#closeBy) return this.terminate();
    if (this.#tcp.isPaused()) return;
    if (now - (this.#withinSince ?? now) > wholeMs) return this.terminate();
    if (idleMs === 0 || this.#state !== this.OPEN) return;
    const silentMs = now - this.#heardAt;
    if (silentMs > idleMs) return this.terminate();
    if (silentMs < idleMs / 3 || now - this.#askedAt < idleMs / 3) return;
    this.#askedAt = now;
    this.#write(frame(OPCODE.ping, new Uint8Array(0)));
  }

  #write(bytes: Uint8Array): void {
    if (!this.#tcp.destroyed && this.#tcp.writable) this.#tcp.write(bytes);
  }

  #closed(): void {
    if (this.#state === this.CLOSED) return;
    this.#state = this.CLOSED;
    clearInterval(this.#look);
    clearTimeout(this.#release);
    this.#reader.stop();
    const { code, reason, clean: wasClean } = this.#end;
    this.#tell(new CloseEvent('close', { code, reason, wasClean }));
  }

  #wrap(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer | Blob {
    if (this.binaryType === 'blob') return new Blob([bytes]);
    const isWhole = bytes.byteLength === bytes.buffer.byteLength;
    return isWhole ? bytes.buffer : bytes.slice().buffer;
  }

  /** What a page says while it is being closed is not heard. */
  #tell(event: Event): void {
    if (event.type === 'message' && this.#state !== this.OPEN) return;
    const handlers = {
      ...{ open: this.onopen, message: this.onmessage },
      ...{ close: this.onclose, error: this.onerror },
    };
    const handler = handlers[event.type as keyof typeof handlers];
    (handler as ((event: Event) => void) | null)?.call(this, event);
    this.dispatchEvent(event);
  }
}

const encoder = new TextEncoder();
let latest = { text: '', bytes: frame(OPCODE.text, new Uint8Array(0)) };

/** One text goes to many pages, one after the other: its frame is made once. */
function textFrame(text: string): Uint8Array {
  if (latest.text !== text) latest = { text, bytes: frame(OPCODE.text, encoder.encode(text)) };
  return latest.bytes;
}
