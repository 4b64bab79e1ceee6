/** The broker's replies to CONNECT and SUBSCRIBE: each is waited for, until the connection ends or for too long. */
import type { IConnackPacket, ISubackPacket } from 'mqtt-packet';
import { localized } from '../../start/language.mjs';
import { ConnectionEnded, type End } from './end.ts';

type Reply = IConnackPacket | ISubackPacket;

export class Replies {
  readonly #timeoutMs: number;
  readonly #ended: Promise<End>;
  readonly #waiting = new Map<Reply['cmd'], (packet: Reply) => void>();

  constructor(timeoutMs: number, ended: Promise<End>) {
    this.#timeoutMs = timeoutMs;
    this.#ended = ended;
  }

  /** Rejects with `ConnectionEnded` where the connection ends before. */
  next<C extends Reply['cmd']>(cmd: C): Promise<Extract<Reply, { cmd: C }>> {
    const ms = this.#timeoutMs;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(localized(`${ms} 毫秒内没有应答`, `connect: no answer in ${ms} ms`)));
      }, ms);
      this.#waiting.set(cmd, (packet) => {
        clearTimeout(timer);
        resolve(packet as Extract<Reply, { cmd: C }>);
      });
      void this.#ended.then((end) => {
        clearTimeout(timer);
        reject(new ConnectionEnded(end));
      });
    });
  }

  take(packet: Reply): void {
    this.#waiting.get(packet.cmd)?.(packet);
  }
}
