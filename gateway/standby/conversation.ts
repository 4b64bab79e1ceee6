// A conversation of two gateways over a WebSocket, from the side that opened it: one message after the other, each of
// them proved to be the other gateway's before anything looks at it.
import type { SessionKeys } from './handshake.ts';
import { readMessage, type PeerMessage } from './protocol.ts';
import { Sealed } from './sealed.ts';
import { localized } from '../start/language.mjs';

const OPEN_MS = 5_000;

/** A WebSocket as a row of messages, one after the other. */
export class Conversation {
  readonly socket: WebSocket;
  readonly #out: Sealed;
  readonly #in: Sealed;
  readonly #queue: string[] = [];
  #wake: () => void = () => {};
  /** why it ended; empty where the other gateway did not say */
  #over: string | undefined;
  /** what came was not the other gateway's */
  #forged: unknown;

  private constructor(socket: WebSocket, keys: SessionKeys) {
    this.socket = socket;
    this.#out = new Sealed(keys.standby);
    this.#in = new Sealed(keys.leader);
    socket.onmessage = ({ data }) => this.#take(data);
    const end = () => {
      this.#over ??= '';
      this.#wake();
    };
    socket.onclose = end;
    socket.onerror = end;
  }

  #take(data: unknown): void {
    if (this.#over !== undefined) return;
    try {
      this.#queue.push(this.#in.open(data));
    } catch (error) {
      this.#forged = error;
      this.#over = '';
      this.close();
    }
    this.#wake();
  }

  /** Rejects where nobody answers there. */
  static open(address: string, keys: SessionKeys, signal?: AbortSignal): Promise<Conversation> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      const conversation = new Conversation(socket, keys);
      const fail = () =>
        reject(new Error(localized('另一台网关没有应答', 'the other gateway does not answer')));
      const timer = setTimeout(() => {
        socket.close();
        fail();
      }, OPEN_MS);
      signal?.addEventListener('abort', () => {
        socket.close();
        conversation.#over ??= 'took too long';
        conversation.#wake();
        fail();
      });
      socket.addEventListener('open', () => {
        clearTimeout(timer);
        resolve(conversation);
      });
      socket.addEventListener('error', () => {
        clearTimeout(timer);
        fail();
      });
    });
  }

  send(message: PeerMessage): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(this.#out.seal(JSON.stringify(message)));
  }

  /**
   * The next message; undefined at the end. What came before the end is given first. Rejects after `ms` of silence, and
   * with `NotGenuine` where something came that the other gateway did not say.
   */
  async next(ms: number): Promise<PeerMessage | undefined> {
    if (this.#queue.length === 0 && this.#over === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const text = this.#queue.shift();
    if (text !== undefined) {
      const message = readMessage(text);
      if (message.kind !== 'bye') return message;
      this.#over = message.why;
    }
    if (this.#forged !== undefined) throw this.#forged;
    if (this.#over !== undefined) return undefined;
    throw new Error(localized('另一台网关没有发来任何消息', 'the other gateway says nothing'));
  }

  /** Those that are there already, as long as they are such; at most about so many characters. */
  takeReady<M extends PeerMessage>(
    isSuch: (message: PeerMessage) => message is M,
    charsMax: number,
  ): M[] {
    const taken: M[] = [];
    for (let chars = 0; chars < charsMax;) {
      const [text] = this.#queue;
      if (text === undefined) break;
      const message = readMessage(text);
      if (!isSuch(message)) break;
      this.#queue.shift();
      taken.push(message);
      chars += text.length;
    }
    return taken;
  }

  ended(): Error {
    return new Error(
      this.#over
        ? localized(`另一台网关拒绝：${this.#over}`, `the other gateway refuses: ${this.#over}`)
        : localized('与另一台网关的连接断开', 'the connection to the other gateway ended'),
    );
  }

  close(): void {
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close();
  }
}
