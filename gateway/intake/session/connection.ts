/**
 * One connection of a session, from CONNECT to its end: messages are handed over as they come, and each PUBACK leaves
 * when its message is safe, in the order of arrival, as many in one write as one commit made safe.
 */
import mqttPacket, { type IConnackPacket, type ISubackPacket, type Packet } from 'mqtt-packet';
import type { Secret } from '../../config/secret.ts';
import type { Transport } from '../stream.ts';
import { ConnectionEnded, ConnectRefused, type End } from './end.ts';
import { LAST_ID, type Outbox } from './outbox.ts';
import { Outward } from './outward.ts';
import { Reader, type Publish } from './reader.ts';
import { pause } from './wait.ts';
import { Window } from './window.ts';
import { localized } from '../../start/language.mjs';

export { ConnectionEnded, ConnectRefused, type End } from './end.ts';

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  /** of the whole packet, where the payload is only its beginning */
  readonly cutFrom?: number;
}

export interface Will extends Message {
  readonly retain: boolean;
}

export interface ConnectionOptions {
  readonly protocolVersion: 4 | 5;
  readonly clientId: string;
  readonly user?: string;
  readonly password?: Secret;
  /** Begins anew instead of going on with a session; default false. */
  readonly clean?: boolean;
  readonly sessionExpirySeconds: number;
  /** Unacknowledged messages that the broker may have on their way to us (MQTT 5). */
  readonly receiveMaximum: number;
  readonly keepAliveSeconds: number;
  /** For CONNACK and for SUBACK. */
  readonly timeoutMs: number;
  readonly packetBytesMax: number;
  readonly will: Will | undefined;
  /** The message is safe when this resolves; undefined: it needs no keeping. */
  readonly take: (message: Message) => Promise<unknown> | undefined;
}

export interface SubscriptionKind {
  readonly qos: 0 | 1;
  /** MQTT 5 §3.8.3.1: retained messages at every subscribe (0) or for a new subscription only (1) */
  readonly rh: 0 | 1;
}

export interface Welcome {
  readonly sessionPresent: boolean;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #window = new Window();
  readonly #reader: Reader;
  readonly #outward: Outward;
  /** Resolves once, however it ends. */
  readonly ended: Promise<End>;
  #resolveEnded!: (end: End) => void;
  #over: End | undefined;
  #gate: { opened: Promise<void>; open: () => void } | undefined;
  /** It stops: what still arrives is left for the next connection. */
  #deaf = false;
  /** The goodbye is said. */
  #leaving = false;
  #onQuiet: (() => void) | undefined;
  /** Reading waits for room in the window. */
  #onRoom: (() => void) | undefined;
  #onConnack: ((packet: IConnackPacket) => void) | undefined;
  #onSuback: ((packet: ISubackPacket) => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heard = true;
  #strikes = 0;

  constructor(transport: Transport, outbox: Outbox, options: ConnectionOptions) {
    this.#transport = transport;
    this.#outbox = outbox;
    this.#options = options;
    this.#outward = new Outward(transport, (error) => this.end({ why: 'closed', error }));
    this.#reader = new Reader({
      protocolVersion: options.protocolVersion,
      bodyBytesMax: options.packetBytesMax,
      onPublish: (publish) => this.#publish(publish),
      onPacket: (packet) => this.#receive(packet),
      onError: (error) => this.end({ why: 'closed', error }),
    });
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /** Publishes whose PUBACK waits. */
  get held(): number {
    return this.#window.size;
  }

  /** Packets that were too large and cut. */
  get shortened(): number {
    return this.#reader.shortened;
  }

  /** Rejects with `ConnectRefused` or with why it ended before the answer. */
  async connect(): Promise<Welcome> {
    const { clientId, user, password, keepAliveSeconds, will, protocolVersion } = this.#options;
    const { sessionExpirySeconds, receiveMaximum } = this.#options;
    const answer = this.#answer<IConnackPacket>((take) => (this.#onConnack = take));
    this.#send({
      cmd: 'connect',
      ...{ clientId, protocolVersion, protocolId: 'MQTT', clean: this.#options.clean ?? false },
      keepalive: keepAliveSeconds,
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password: Buffer.from(password.reveal()) }),
      ...(will && { will: { ...will, payload: Buffer.from(will.payload), qos: 1 as const } }),
      ...(protocolVersion === 5 && {
        properties: { sessionExpiryInterval: sessionExpirySeconds, receiveMaximum },
      }),
    });
    void this.#read();
    const { returnCode, reasonCode, sessionPresent, properties } = await answer;
    const code = reasonCode ?? returnCode ?? 0;
    if (code !== 0) {
      this.end({ why: 'stopped' });
      throw new ConnectRefused(code);
    }
    // A broker that wants to hear less often (or not at all: 0) may hear more: it is we who want to know that it is there.
    this.#keepAlive(Math.min(properties?.serverKeepAlive || keepAliveSeconds, keepAliveSeconds));
    const outlet = {
      protocolVersion,
      receiveMaximum: properties?.receiveMaximum ?? 65_535,
      retainAvailable: properties?.retainAvailable ?? true,
      send: (bytes: Uint8Array) => {
        this.#outward.send(bytes);
        this.#letIn();
      },
    };
    this.#outbox.open(outlet, sessionPresent);
    void this.ended.then(() => this.#outbox.close());
    return { sessionPresent };
  }

  /** What the broker granted for each filter: QoS 0 to 2, or a reason code of 0x80 and above. */
  async subscribe(
    filters: readonly string[],
    kindOf: (filter: string) => SubscriptionKind = () => SIGNALS,
  ): Promise<number[]> {
    const { protocolVersion } = this.#options;
    const answer = this.#answer<ISubackPacket>((take) => (this.#onSuback = take));
    const subscriptions = filters.map((topic) => {
      const { qos, rh } = kindOf(topic);
      return { topic, qos, ...(protocolVersion === 5 && { nl: true, rap: false, rh }) };
    });
    this.#send({ cmd: 'subscribe', messageId: LAST_ID + 1, subscriptions });
    const { granted } = await answer;
    return granted.map(Number);
  }

  unsubscribe(filters: readonly string[]): void {
    const unsubscriptions = [...filters];
    this.#send({ cmd: 'unsubscribe', messageId: LAST_ID + 2, unsubscriptions });
  }

  /** Stops (true) or goes on (false) reading; the broker keeps hearing from us. */
  hold(on: boolean): void {
    if (on === (this.#gate !== undefined) || (on && this.#deaf)) return;
    if (on) {
      let open = () => {};
      const opened = new Promise<void>((resolve) => (open = resolve));
      this.#gate = { opened, open };
    } else {
      this.#gate?.open();
      this.#gate = undefined;
    }
  }

  /** Takes nothing more; resolves when everything taken is acknowledged, or after `graceMs`. */
  async quiet(graceMs: number): Promise<void> {
    this.#deaf = true;
    this.hold(false);
    this.#letIn();
    const over = new AbortController();
    await Promise.race([
      this.#settled().then(() => this.#outward.flushed()),
      pause(graceMs, over.signal),
    ]);
    over.abort();
  }

  async #settled(): Promise<void> {
    if (this.#window.size === 0 || this.#over !== undefined) return;
    await new Promise<void>((resolve) => (this.#onQuiet = resolve));
  }

  /**
   * Says goodbye, so that the broker keeps the session and does not publish the will. Resolves when the broker has closed
   * its end, or after `graceMs`: until then it may not have read the acknowledgements before the goodbye, and would send
   * those messages again to whoever takes the session up next.
   */
  async disconnect(graceMs: number): Promise<void> {
    if (this.#over === undefined) {
      this.#send({ cmd: 'disconnect', reasonCode: 0 });
      this.#leaving = true;
      // MQTT 5 §3.14.4: nothing is sent after it.
      this.#outbox.close();
      clearInterval(this.#timer);
      const late = setTimeout(() => this.end({ why: 'stopped' }), graceMs);
      await this.ended;
      clearTimeout(late);
    }
  }

  /** However it ends after a goodbye, that was our doing. */
  end(reason: End): void {
    if (this.#over !== undefined) return;
    const end: End = this.#leaving ? { why: 'stopped' } : reason;
    this.#over = end;
    clearInterval(this.#timer);
    this.hold(false);
    this.#letIn();
    this.#outward.close();
    this.#transport.close();
    this.#onQuiet?.();
    this.#resolveEnded(end);
  }

  async #read(): Promise<void> {
    try {
      while (this.#over === undefined) {
        while (this.#gate !== undefined) await this.#gate.opened;
        // What comes to one that takes nothing more is not held: only the broker's answers count then.
        while (this.#isFull && !this.#deaf) await this.#roomy();
        if (this.#over !== undefined) return;
        const bytes = await this.#transport.read();
        if (this.#over !== undefined) return;
        if (bytes === null) return this.end({ why: 'closed' });
        this.#heard = true;
        this.#reader.read(bytes);
      }
    } catch (error) {
      this.end({ why: 'closed', error });
    }
  }

  /**
   * The answer to what the gateway published may stand behind messages, and they may wait for that answer: a leader that
   * was left by its standby acknowledges nothing before the broker has answered it.
   */
  get #isFull(): boolean {
    if (this.#over !== undefined) return false;
    const { receiveMaximum } = this.#options;
    return this.#window.size >= (this.#outbox.awaits ? ASKING : 1) * receiveMaximum;
  }

  /**
   * Until half of what may be unacknowledged is acknowledged. MQTT 3.1.1 knows no such limit, and Mosquitto 2.0.11 was
   * seen to send 20 times as much: without it memory would hold whatever the broker has.
   */
  #roomy(): Promise<void> {
    return new Promise((resolve) => (this.#onRoom = resolve));
  }

  #receive(packet: Packet): void {
    if (packet.cmd === 'puback') {
      this.#outbox.acknowledged(packet.messageId ?? 0, packet.reasonCode ?? 0);
    } else if (packet.cmd === 'suback') this.#onSuback?.(packet);
    else if (packet.cmd === 'connack') this.#onConnack?.(packet);
    else if (packet.cmd === 'disconnect') {
      this.end({ why: 'told', reasonCode: packet.reasonCode ?? 0 });
    }
  }

  /** The heart: no PUBACK before the message is safe. One object and no async function, for every message. */
  #publish({ topic, payload, retain, packetId, cutFrom }: Publish): void {
    if (this.#deaf || this.#over !== undefined) return;
    const held = packetId === undefined ? undefined : this.#window.hold(packetId);
    const settle = () => {
      if (held !== undefined) this.#window.settle(held, this.#release);
    };
    const message = { topic, payload, retain };
    const taking = this.#options.take(cutFrom === undefined ? message : { ...message, cutFrom });
    if (taking === undefined) settle();
    else taking.then(settle, (error: unknown) => this.end({ why: 'refused', error }));
  }

  readonly #release = (packetId: number): void => {
    if (this.#over !== undefined || this.#leaving) return;
    this.#outward.acknowledge(packetId);
    const { size } = this.#window;
    if (size === 0) this.#onQuiet?.();
    if (this.#onRoom !== undefined && size <= this.#options.receiveMaximum / 2) this.#letIn();
  };

  #letIn(): void {
    this.#onRoom?.();
    this.#onRoom = undefined;
  }

  /** MQTT 5 §3.1.2.10: half the time between two signs of life, so that a dead line is known within 1.5 times of it. */
  #keepAlive(seconds: number): void {
    if (seconds === 0) return;
    this.#timer = setInterval(() => {
      // While nothing is read nothing is heard: that says nothing about the broker.
      const reading = this.#gate === undefined && this.#onRoom === undefined;
      this.#strikes = this.#heard || !reading ? 0 : this.#strikes + 1;
      this.#heard = false;
      if (this.#strikes > 1) this.end({ why: 'silent' });
      else if (this.#outward.idle) this.#send({ cmd: 'pingreq' });
    }, seconds * 500);
  }

  /** Waits for a packet, for the end or for too long. */
  #answer<T>(listen: (take: (packet: T) => void) => void): Promise<T> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              localized(`${timeoutMs} 毫秒内没有应答`, `connect: no answer in ${timeoutMs} ms`),
            ),
          ),
        timeoutMs,
      );
      listen((packet) => {
        clearTimeout(timer);
        resolve(packet);
      });
      void this.ended.then((end) => {
        clearTimeout(timer);
        reject(new ConnectionEnded(end));
      });
    });
  }

  #send(packet: Packet): void {
    const { protocolVersion } = this.#options;
    if (this.#over === undefined && !this.#leaving)
      this.#outward.send(mqttPacket.generate(packet, { protocolVersion }));
  }
}

/** So many times the receive maximum may be unacknowledged while the broker owes an answer. */
const ASKING = 4;
/** Retained messages for a new subscription only, marked as such. */
const SIGNALS: SubscriptionKind = { qos: 1, rh: 1 };
