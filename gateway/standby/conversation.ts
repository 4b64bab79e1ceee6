// A conversation of two gateways over a WebSocket, from the side that opened it: one message after the other.
import { readMessage, type PeerMessage } from './protocol.ts';

const OPEN_MS = 5_000;

/** A WebSocket as a row of messages, one after the other. */
export class Conversation {
  readonly socket: WebSocket;
  readonly #queue: unknown[] = [];
  #wake: () => void = () => {};
  #over: string | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.#queue.push(data);
      this.#wake();
    };
    const end = (why: string) => {
      this.#over ??= why;
      this.#wake();
    };
    socket.onclose = ({ reason }) => end(reason);
    socket.onerror = () => end('');
  }

  /** Rejects where nobody answers there. */
  static open(address: string, signal?: AbortSignal): Promise<Conversation> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      const conversation = new Conversation(socket);
      const fail = () => reject(new Error('the other gateway does not answer'));
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
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** The next message; undefined at the end. What came before the end is given first. Rejects after `ms` of silence. */
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
    if (this.#queue.length > 0) return readMessage(this.#queue.shift());
    if (this.#over !== undefined) return undefined;
    throw new Error('the other gateway says nothing');
  }

  /** Those that are there already, as long as they are such; at most so many. */
  takeReady<M extends PeerMessage>(
    isSuch: (message: PeerMessage) => message is M,
    max: number,
  ): M[] {
    const taken: M[] = [];
    while (this.#queue.length > 0 && taken.length < max) {
      const message = readMessage(this.#queue[0]);
      if (!isSuch(message)) break;
      this.#queue.shift();
      taken.push(message);
    }
    return taken;
  }

  ended(): Error {
    return new Error(
      this.#over
        ? `the other gateway refuses: ${this.#over}`
        : 'the other gateway says something else',
    );
  }

  close(): void {
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close();
  }
}
