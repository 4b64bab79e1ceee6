/**
 * One connection of a session, from CONNECT to its end: messages are handed over as they come, and each PUBACK leaves
 * when its message is safe, in the order of arrival, as many in one write as one commit made safe.
 */
import mqttPacket, { type Packet } from 'mqtt-packet';
import type { Secret } from '../../config/secret.ts';
import type { Transport } from '../stream.ts';
import { ConnectRefused, type End } from './end.ts';
import { Gate } from './gate.ts';
import { KeepAlive } from './keep-alive.ts';
import { LAST_ID, type Outbox } from './outbox.ts';
import { Outward } from './outward.ts';
import { Reader, type Publish } from './reader.ts';
import { Replies } from './replies.ts';
import { pause } from './wait.ts';
import { Window } from './window.ts';

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

/** Deaf: what still arrives is left for the next connection. Leaving: the goodbye is said. */
type Phase = 'taking' | 'deaf' | 'leaving' | 'over';

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #window = new Window((packetId) => this.#release(packetId));
  readonly #reader: Reader;
  readonly #outward: Outward;
  readonly #replies: Replies;
  readonly #keepAlive: KeepAlive;
  /** Shut by `hold`. */
  readonly #gate = new Gate();
  /** Shut while the window is full. */
  readonly #room = new Gate();
  readonly #ending = Promise.withResolvers<End>();
  #phase: Phase = 'taking';

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
    this.#replies = new Replies(options.timeoutMs, this.ended);
    this.#keepAlive = new KeepAlive({
      isReading: () => !this.#gate.isShut && !this.#room.isShut,
      ping: () => {
        if (this.#outward.idle) this.#send({ cmd: 'pingreq' });
      },
      onSilent: () => this.end({ why: 'silent' }),
    });
  }

  /** Resolves once, however it ends. */
  get ended(): Promise<End> {
    return this.#ending.promise;
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
    const answer = this.#replies.next('connack');
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
    this.#keepAlive.start(
      Math.min(properties?.serverKeepAlive || keepAliveSeconds, keepAliveSeconds),
    );
    const outlet = {
      protocolVersion,
      receiveMaximum: properties?.receiveMaximum ?? 65_535,
      retainAvailable: properties?.retainAvailable ?? true,
      send: (bytes: Uint8Array) => {
        this.#outward.send(bytes);
        this.#room.open();
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
    const answer = this.#replies.next('suback');
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
    if (!on) this.#gate.open();
    else if (this.#phase === 'taking') this.#gate.shut();
  }

  /** Takes nothing more; resolves when everything taken is acknowledged, or after `graceMs`. */
  async quiet(graceMs: number): Promise<void> {
    if (this.#phase === 'taking') this.#phase = 'deaf';
    this.#gate.open();
    this.#room.open();
    const over = new AbortController();
    await Promise.race([
      this.#settled().then(() => this.#outward.flushed()),
      pause(graceMs, over.signal),
    ]);
    over.abort();
  }

  async #settled(): Promise<void> {
    await Promise.race([this.#window.emptied(), this.ended]);
  }

  /**
   * Says goodbye, so that the broker keeps the session and does not publish the will. Resolves when the broker has closed
   * its end, or after `graceMs`: until then it may not have read the acknowledgements before the goodbye, and would send
   * those messages again to whoever takes the session up next.
   */
  async disconnect(graceMs: number): Promise<void> {
    if (this.#phase === 'over') return;
    this.#send({ cmd: 'disconnect', reasonCode: 0 });
    this.#phase = 'leaving';
    // MQTT 5 §3.14.4: nothing is sent after it.
    this.#outbox.close();
    this.#keepAlive.stop();
    const late = setTimeout(() => this.end({ why: 'stopped' }), graceMs);
    await this.ended;
    clearTimeout(late);
  }

  /** However it ends after a goodbye, that was our doing. */
  end(reason: End): void {
    if (this.#phase === 'over') return;
    const end: End = this.#phase === 'leaving' ? { why: 'stopped' } : reason;
    this.#phase = 'over';
    this.#keepAlive.stop();
    this.#gate.open();
    this.#room.open();
    this.#outward.close();
    this.#transport.close();
    this.#ending.resolve(end);
  }

  async #read(): Promise<void> {
    try {
      while (!this.#isOver) {
        while (this.#gate.isShut) await this.#gate.opened();
        while (this.#isFull) {
          this.#room.shut();
          await this.#room.opened();
        }
        if (this.#isOver) return;
        const bytes = await this.#transport.read();
        if (this.#isOver) return;
        if (bytes === null) return this.end({ why: 'closed' });
        this.#keepAlive.heard();
        this.#reader.read(bytes);
      }
    } catch (error) {
      this.end({ why: 'closed', error });
    }
  }

  /** A getter, as the phase changes while reading waits. */
  get #isOver(): boolean {
    return this.#phase === 'over';
  }

  /**
   * Until half of what may be unacknowledged is acknowledged. MQTT 3.1.1 knows no such limit, and Mosquitto 2.0.11 was
   * seen to send 20 times as much: without it memory would hold whatever the broker has. The answer to what the gateway
   * published may stand behind messages, and they may wait for that answer: a leader that was left by its standby
   * acknowledges nothing before the broker has answered it.
   */
  get #isFull(): boolean {
    // What comes to one that takes nothing more is not held: only the broker's answers count then.
    if (this.#phase !== 'taking') return false;
    const { receiveMaximum } = this.#options;
    return this.#window.size >= (this.#outbox.awaits ? ASKING : 1) * receiveMaximum;
  }

  #receive(packet: Packet): void {
    if (packet.cmd === 'puback') {
      this.#outbox.acknowledged(packet.messageId ?? 0, packet.reasonCode ?? 0);
    } else if (packet.cmd === 'suback' || packet.cmd === 'connack') this.#replies.take(packet);
    else if (packet.cmd === 'disconnect') {
      this.end({ why: 'told', reasonCode: packet.reasonCode ?? 0 });
    }
  }

  /** The heart: no PUBACK before the message is safe. One object and no async function, for every message. */
  #publish({ topic, payload, retain, packetId, cutFrom }: Publish): void {
    if (this.#phase !== 'taking') return;
    const held = packetId === undefined ? undefined : this.#window.hold(packetId);
    const settle = () => {
      if (held !== undefined) this.#window.settle(held);
    };
    const message = { topic, payload, retain };
    const taking = this.#options.take(cutFrom === undefined ? message : { ...message, cutFrom });
    if (taking === undefined) settle();
    else taking.then(settle, (error: unknown) => this.end({ why: 'refused', error }));
  }

  #release(packetId: number): void {
    if (this.#phase === 'over' || this.#phase === 'leaving') return;
    this.#outward.acknowledge(packetId);
    if (this.#window.size <= this.#options.receiveMaximum / 2) this.#room.open();
  }

  #send(packet: Packet): void {
    const { protocolVersion } = this.#options;
    if (this.#phase === 'taking' || this.#phase === 'deaf')
      this.#outward.send(mqttPacket.generate(packet, { protocolVersion }));
  }
}

/** So many times the receive maximum may be unacknowledged while the broker owes an answer. */
const ASKING = 4;
/** Retained messages for a new subscription only, marked as such. */
const SIGNALS: SubscriptionKind = { qos: 1, rh: 1 };
