/** What the gateway itself publishes at an external broker: at QoS 1, kept until acknowledged, over reconnects too. */
import mqttPacket from 'mqtt-packet';
import { localized } from '../../start/language.mjs';

export interface OutboxOptions {
  /** From `publish` to its acknowledgement, whatever the line does meanwhile. */
  waitMs: number;
  /** Unacknowledged at once; more are refused. */
  max: number;
}

/** What the connection that stands can do. */
export interface Outlet {
  readonly protocolVersion: 4 | 5;
  /** Unacknowledged publishes that the broker takes at once. */
  readonly receiveMaximum: number;
  readonly retainAvailable: boolean;
  send(bytes: Uint8Array): void;
}

interface Letter {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  /** It has been sent before: this session may know it. */
  sent: boolean;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(): void;
  reject(error: Error): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** By packet id, in order. */
  readonly #letters = new Map<number, Letter>();
  /** Ids sent on this connection without an answer yet. */
  readonly #underWay = new Set<number>();
  #outlet: Outlet | undefined;
  #lastId = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Something was sent on this connection that the broker has not answered. */
  get awaits(): boolean {
    return this.#underWay.size > 0;
  }

  /** Rejects when the broker refuses it or does not acknowledge it in time. */
  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    const { waitMs, max } = this.#options;
    if (this.#letters.size >= max) {
      const many = localized(
        `发布：已有 ${max} 条消息在等待消息服务器，应更少`,
        `publish: ${max} wait for the broker, should be fewer`,
      );
      return Promise.reject(new Error(many));
    }
    return new Promise((resolve, reject) => {
      const id = this.#freeId();
      const timer = setTimeout(() => {
        this.#letters.delete(id);
        const text = localized(
          `发布 ${topic}：消息服务器在 ${waitMs} 毫秒内没有确认`,
          `publish ${topic}: the broker did not acknowledge it in ${waitMs} ms`,
        );
        reject(new Error(text));
      }, waitMs);
      this.#letters.set(id, { topic, payload, retain, sent: false, timer, resolve, reject });
      this.#pump();
    });
  }

  /** A connection stands: what waits is sent, what was sent before again. */
  open(outlet: Outlet, sessionPresent: boolean): void {
    this.#outlet = outlet;
    this.#underWay.clear();
    if (!sessionPresent) for (const letter of this.#letters.values()) letter.sent = false;
    this.#pump();
  }

  /** The connection is gone. */
  close(): void {
    this.#outlet = undefined;
    this.#underWay.clear();
  }

  /** @param reasonCode of PUBACK: 0x80 and above is a refusal (MQTT 5 §3.4.2.1); 3.1.1 has none */
  acknowledged(id: number, reasonCode: number): void {
    this.#underWay.delete(id);
    const letter = this.#take(id);
    if (reasonCode < 0x80) letter?.resolve();
    else {
      const code = `0x${reasonCode.toString(16)}`;
      const about = letter?.topic ?? '';
      const text = localized(
        `发布 ${about}：消息服务器拒绝（${code}）`,
        `publish ${about}: the broker refuses it (${code})`,
      );
      letter?.reject(new Error(text));
    }
    this.#pump();
  }

  /** Gives up on all. */
  end(): void {
    this.close();
    for (const id of [...this.#letters.keys()]) {
      this.#take(id)?.reject(
        new Error(localized('发布：网关正在停止', 'publish: the gateway stops')),
      );
    }
  }

  #take(id: number): Letter | undefined {
    const letter = this.#letters.get(id);
    clearTimeout(letter?.timer);
    this.#letters.delete(id);
    return letter;
  }

  #pump(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    for (const [messageId, letter] of this.#letters) {
      if (this.#underWay.size >= outlet.receiveMaximum) return;
      if (this.#underWay.has(messageId)) continue;
      this.#underWay.add(messageId);
      const { topic, payload, sent } = letter;
      const { protocolVersion } = outlet;
      letter.sent = true;
      outlet.send(
        mqttPacket.generate(
          {
            cmd: 'publish',
            ...{ messageId, topic, qos: 1, dup: sent },
            payload: Buffer.from(payload),
            retain: letter.retain && outlet.retainAvailable,
          },
          { protocolVersion },
        ),
      );
    }
  }

  /** An id whose late acknowledgement can not be taken for another's. */
  #freeId(): number {
    do this.#lastId = (this.#lastId % LAST_ID) + 1;
    while (this.#letters.has(this.#lastId) || this.#underWay.has(this.#lastId));
    return this.#lastId;
  }
}

/** Ids above are for subscriptions. */
export const LAST_ID = 60_000;
