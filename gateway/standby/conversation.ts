// A conversation of two gateways over a WebSocket, from the side that opened it: one message after the other, each of
// them proved to be the other gateway's before anything looks at it.
import type { SessionKeys } from './handshake.ts';
import { readMessage, type PeerMessage } from './protocol.ts';
import { Sealed } from './sealed.ts';
import { localized } from '../start/language.mjs';

const OPEN_MS = 5_000;

/** Why the other gateway ended it, which it says in English whatever its language; in Chinese. */
const REASONS_ZH: ReadonlyMap<string, string> = new Map([
  ['a message was not genuine', '有一条消息不是本网关发出的'],
  ['a message was not understood', '有一条消息无法识别'],
  ['another gateway leads', '主机是另一台网关'],
  ['another gateway took the session', '会话已由另一台网关接管'],
  ['another standby follows', '另有一台备机在跟随'],
  ['asks for what this journal has not', '索取的记录在对方流水中不存在'],
  ['confirms what it was not sent', '确认了没有收到的记录'],
  ['does not lead', '对方不是主机'],
  ['is of another version', '两台网关版本不同'],
  ['it could not be kept', '移交的记录无法保存'],
  ['says goodbye', '已告别'],
  ['says nothing', '没有发来任何消息'],
  ['should follow once', '重复要求跟随'],
  ['took too long', '用时过长'],
]);

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
        ? localized(
            `另一台网关拒绝：${REASONS_ZH.get(this.#over) ?? this.#over}`,
            `the other gateway refuses: ${this.#over}`,
          )
        : localized('与另一台网关的连接断开', 'the connection to the other gateway ended'),
    );
  }

  close(): void {
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close();
  }
}
