/**
 * The embedded MQTT broker (aedes): a publish is held in `authorizePublish`, which runs before
 * PUBACK, until whoever takes it says that it is safe; only then is it passed on to subscribers.
 */
import type {
  AedesOptions,
  AedesPublishPacket,
  Client,
  ConnectPacket,
  PublishPacket,
  Subscription,
} from 'aedes';
import type { HallConfig } from '../../hall/config.ts';
import { isOfFilter } from '../../hall/mapping/pattern.ts';
import type { Budget } from '../../hall/outside.ts';
import { Accounts, type Payer } from './accounts.ts';
import { Admission } from './admission.ts';
import { budgetsOf } from './budgets.ts';
import { Memory } from './memory.ts';
import type { Fault } from '../../hall/fault/kinds.ts';
import { CannotListen } from '../listening.ts';
import { inMemory, openDurable, type Durable } from './durable.ts';
import { ExactlyOnce } from './exactly-once.ts';
import { type Passing, Persistence, SESSION_MARK } from './persistence.ts';
import { Publishing } from './publishing.ts';
import { QuietAedes } from './quiet-aedes.ts';
import { Relay } from './relay.ts';
import { Sessions } from './sessions.ts';
import { hasWildcard, type Retained, RetainedStore } from './retained.ts';
import { refusedIdentifier, Refused, refuseVersion5, RETURN_CODE } from './greeting.ts';
import { DeviceStream, type Gate, type Transport } from './stream.ts';
import {
  type CloseReason,
  defaultLimits,
  isGone,
  LimitExceeded,
  type Limits,
  PacketTooLarge,
} from './limits.ts';
import { OversizeWatch } from './oversize.ts';
import { TcpTransport } from './tcp.ts';
import type { PublishedMessage, TakeMessage, Way, WayStats } from './way.ts';
import { WebSocketTransport } from './websocket.ts';

export interface BrokerOptions {
  hostname: string;
  /** 0 = any free one. */
  port: number;
  /** If it rejects, the client is closed and will send again. */
  onPublish: TakeMessage;
  /** Default: everyone may publish everything. A refusal closes the client (MQTT 3.1.1 has no other). */
  mayPublish?: (clientId: string, topic: string) => boolean;
  /** Retained messages from before the start. */
  retained?: Iterable<{ topic: string; payload: Uint8Array }>;
  limits?: Partial<Limits>;
  onError: (error: unknown, where: { stage: 'intake' }) => void;
  onWarn?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** ms since 1970 */
  now?: () => number;
  /** SQLite file of what has to survive a death; without it nothing does. */
  file?: string;
  /** Messages that are not the hall's and are passed on. Default: none. */
  relay?: HallConfig['relay'];
  /** Topic filters of the hall file's sources. */
  sources?: readonly string[];
  /** Whether the hall file lists a device. Default: none is. */
  isListed?: (id: string) => boolean;
  /** How many devices it lists: so many places are kept for them. Default: none. */
  listedCount?: () => number;
}

export interface BrokerStats extends WayStats {
  closed: Record<CloseReason, number>;
  /** Messages passed on but not retained, as too many topics are. */
  retainedRefused: number;
}

/** Wills are not published on a stop: a gateway that stops says nothing about devices. */
export interface Broker extends Way {
  readonly stats: Readonly<BrokerStats>;
  handleWebSocket(socket: WebSocket, remoteAddress: string): void;
}

type Authenticated = Parameters<NonNullable<AedesOptions['authenticate']>>[3];

/** Starts the broker; rejects when the port cannot be had. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { file, onError } = options;
  const durable =
    file === undefined
      ? inMemory()
      : await openDurable(file, (error) => onError(error, { stage: 'intake' }));
  const broker = new EmbeddedBroker(options, durable);
  try {
    await broker.start();
  } catch (error) {
    await durable.close();
    throw error;
  }
  return broker;
}

class EmbeddedBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #limits: Limits;
  readonly #aedes: QuietAedes;
  readonly #admission: Admission;
  readonly #accounts: Accounts;
  readonly #memory: Memory;
  readonly #streams = new Set<DeviceStream>();
  readonly #durable: Durable;
  readonly #inward: ExactlyOnce;
  readonly #retained: RetainedStore;
  readonly #sessions: Sessions;
  readonly #relay: Relay;
  readonly #persistence: Persistence;
  readonly #publishing: Publishing;
  #withheldToldAt = -Infinity;
  readonly #isListed: (id: string) => boolean;
  readonly #refused = new WeakMap<object, Refused>();
  /** Clients whose session outlives their connection. */
  readonly #staying = new WeakSet<object>();
  readonly #counted = new WeakSet<Client>();
  readonly #oversize: OversizeWatch;
  readonly #gate: { opened: Promise<void> | undefined; open: () => void } & Gate;
  #listener: Deno.TcpListener | undefined;
  #stopped: Promise<void> | undefined;
  #sweeping: ReturnType<typeof setInterval> | undefined;
  readonly #closed: Record<CloseReason, number> = {
    connections: 0,
    address_connections: 0,
    packet_size: 0,
    rate: 0,
    slow_subscriber: 0,
    connect_timeout: 0,
    keepalive: 0,
    malformed: 0,
    forbidden: 0,
    overload: 0,
    budget: 0,
    memory: 0,
    packet_time: 0,
    client_id: 0,
    protocol: 0,
    reset: 0,
    other: 0,
  };

  constructor(options: BrokerOptions, durable: Durable) {
    this.#options = options;
    this.#durable = durable;
    this.#limits = { ...defaultLimits, ...options.limits };
    const { now = Date.now, isListed = () => false } = options;
    this.#isListed = isListed;
    this.#inward = new ExactlyOnce(durable, this.#limits.inward, now);
    this.#retained = new RetainedStore(this.#limits.retained, durable);
    this.#admission = new Admission(this.#limits, options.listedCount ?? (() => 0));
    this.#accounts = new Accounts(this.#limits);
    this.#oversize = new OversizeWatch(now, options.onWarn);
    this.#gate = { opened: undefined, open: () => {} };
    this.#sessions = new Sessions(this.#limits.sessions, durable, isListed, now);
    this.#memory = new Memory(
      this.#limits.memoryBytesMax,
      () => this.#retained.bytes + this.#sessions.bytes,
    );
    this.#relay = new Relay(options.relay ?? [], options.sources ?? []);
    this.#retained.keepOnly((topic) => this.#relay.covers(topic));
    const persistence = new Persistence({
      ...{ inward: this.#inward, retained: this.#retained, sessions: this.#sessions, durable },
      stays: (client) => this.#staying.has(client),
    });
    this.#persistence = persistence;
    this.#aedes = new QuietAedes({
      persistence,
      // Its packet ids are counted by `ExactlyOnce`.
      maxInflightInbound: 0,
      connectTimeout: this.#limits.connectTimeoutMs,
      // What a client may send before CONNACK; one read of its socket holds no more than this.
      queueLimit: 1_000,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authenticate: (client, _user, _password, done) => this.#authenticate(client, done),
      authorizePublish: (client, packet, done) => this.#publishing.hold(client, packet, done),
      authorizeForward: (client, packet) => this.#forward(client, packet as PublishPacket),
      authorizeSubscribe: (client, subscription, done) =>
        this.#subscribe(client, subscription, done),
    });
    this.#publishing = new Publishing({
      take: options.onPublish,
      mayPublish: options.mayPublish,
      ...{
        limits: this.#limits,
        accounts: this.#accounts,
        inward: this.#inward,
        persistence,
        isListed,
      },
      ...{ relay: this.#relay, durable, onWithheld: (message) => this.#tellWithheld(message) },
      ...{ retained: this.#retained, refused: this.#aedes.refused },
      payerOf: (client) => this.#payerOf(client),
      senderOf: (client) => ({
        id: client.id,
        stays: this.#staying.has(client),
        listed: isListed(client.id),
      }),
      isStopping: () => this.#stopped !== undefined,
    });
    this.#aedes.on('clientError', (client, error) => this.#count(client, error));
    this.#aedes.on('connectionError', (client, error) => this.#count(client, error));
    this.#aedes.on('client', (client) => {
      this.#sessions.connected(client.id);
      // Packet ids that stand for waiting messages are not given to others.
      (client as Client & { _nextId: number })._nextId = this.#sessions.nextId(client.id);
    });
    this.#aedes.on('clientDisconnect', (client) => {
      this.#aedes.subscribers.delete(client);
      this.#sessions.away(client.id);
    });
  }

  async start(): Promise<void> {
    const { hostname, port, retained = [], onError } = this.#options;
    await this.#aedes.listen();
    for (const { topic, payload } of retained) await this.publish(topic, payload, true);
    try {
      this.#listener = Deno.listen({ hostname, port });
    } catch (error) {
      this.#aedes.close();
      throw new CannotListen('--mqtt', hostname, port, error);
    }
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#accept(this.#listener).catch((error) => onError(error, { stage: 'intake' }));
  }

  get port(): number {
    return this.#listener?.addr.port ?? 0;
  }

  get stats(): BrokerStats {
    return {
      connections: this.#admission.total,
      held: this.#publishing.held,
      closed: { ...this.#closed },
      slowed: this.#publishing.slowed,
      retainedRefused: this.#retained.refused,
      relayed: this.#publishing.relayed,
    };
  }

  handleWebSocket(socket: WebSocket, remoteAddress: string): void {
    const inwardBytesMax = this.#limits.packetBytesMax * 2;
    this.#take(new WebSocketTransport(socket, remoteAddress, { inwardBytesMax }));
  }

  budgets(): readonly Budget[] {
    const refused = this.#closed.connections + this.#closed.address_connections;
    return budgetsOf({
      limits: this.#limits,
      connections: { total: this.#admission.total, refused },
      ...{ inward: this.#inward, retained: this.#retained, sessions: this.#sessions },
      memory: this.#memory,
    });
  }

  findings(): readonly Fault[] {
    return this.#oversize.faults(this.#limits.packetBytesMax);
  }

  get trouble(): undefined {
    return undefined;
  }

  /** As if a client had published it; what it says is not taken for a device's. */
  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    if (retain && payload.length === 0) this.#retained.remove(topic);
    else if (retain) this.#retained.put(ownWord(topic, payload), true);
    const packet = { cmd: 'publish', topic, payload: Buffer.from(payload) } as const;
    return new Promise((resolve, reject) => {
      this.#aedes.publish({ ...packet, qos: 1, retain, dup: false }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  hold(on: boolean): void {
    if (on === (this.#gate.opened !== undefined) || this.#stopped !== undefined) return;
    if (on) this.#closeGate();
    else this.#openGate();
  }

  stop(graceMs = 5_000): Promise<void> {
    return (this.#stopped ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    this.#listener?.close();
    if (this.#gate.opened === undefined) this.#closeGate();
    clearInterval(this.#sweeping);
    await this.#publishing.quiet(graceMs);
    // aedes corks its writes until the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    const flushed = Promise.all([...this.#streams].map((stream) => stream.flushed()));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([flushed, tooLong]);
    clearTimeout(timer);
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    for (const stream of this.#streams) stream.destroy();
    this.#openGate();
    await this.#durable.close();
  }

  #closeGate(): void {
    this.#gate.opened = new Promise((resolve) => (this.#gate.open = resolve));
  }

  #openGate(): void {
    const { open } = this.#gate;
    this.#gate.opened = undefined;
    open();
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    for (;;) {
      try {
        this.#enter(await listener.accept());
      } catch (error) {
        if (this.#stopped !== undefined) return;
        if (isGone(error)) {
          // Whoever connects and resets must not keep the next one waiting.
          this.#closed.reset++;
          continue;
        }
        // Out of file handles: the next may do better.
        this.#options.onError(error, { stage: 'intake' });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  #enter(connection: Deno.TcpConn): void {
    try {
      this.#take(new TcpTransport(connection));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #take(transport: Transport): void {
    if (this.#stopped !== undefined) {
      this.#closed.overload++;
      return transport.close();
    }
    const stream: DeviceStream = new DeviceStream(transport, {
      ...{ limits: this.#limits, gate: this.#gate, memory: this.#memory },
      onPacket: (kind, bytes) => this.#onPacket(stream, kind, bytes),
    });
    this.#streams.add(stream);
    this.#admission.enter(stream);
    stream.once('close', () => {
      this.#streams.delete(stream);
      // A WebSocket has its place until its peer is gone.
      void transport.closed.then(() => this.#admission.leave(stream));
    });
    this.#aedes.handle(stream);
  }

  /**
   * Where nothing is relayed every session is a clean one to aedes: what a client that is away would be owed is in the
   * journal, read over HTTP, and not in a queue here. The QoS 2 ids of a session that stays are remembered all the same.
   */
  #preConnect(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, success: boolean) => void,
  ): void {
    if (packet.clean !== true && packet.clientId !== '') this.#staying.add(client);
    if (packet.protocolVersion === 5) return refuseVersion5(client, done);
    const stream = client.conn as unknown as DeviceStream;
    stream.keepAliveMs = (packet.keepalive ?? 0) * 1_000;
    stream.isListed = this.#isListed(packet.clientId);
    const refused = this.#refusal(stream, packet);
    if (refused !== undefined) this.#refused.set(client, refused);
    if (packet.clean !== true) this.#staying.add(client);
    if (this.#relay.isOff) packet.clean = true;
    done(null, true);
  }

  #refusal(stream: DeviceStream, packet: ConnectPacket): Refused | undefined {
    const wrong = refusedIdentifier(packet);
    if (wrong !== undefined) return wrong;
    const unavailable = (reason: CloseReason, why: string) =>
      new Refused(reason, RETURN_CODE.unavailable, `connect: ${why}`);
    if (this.#gate.opened !== undefined) {
      return unavailable('overload', 'the journal cannot take more now');
    }
    const full = this.#admission.name(stream, stream.isListed);
    return full && unavailable(full, 'no place is left');
  }

  #payerOf(client: Client): Payer {
    const { address, isListed } = client.conn as unknown as DeviceStream;
    return { id: client.id, address, listed: isListed };
  }

  /** What is not charged with a message: CONNECT, SUBSCRIBE, UNSUBSCRIBE and PINGREQ by their number and their bytes. */
  #onPacket(stream: DeviceStream, kind: number, bytes: number): number {
    if (!CHARGED_KINDS.has(kind)) return 0;
    const { client } = stream as DeviceStream & { client?: Client };
    const { address, isListed: listed } = stream;
    const payer = { id: client?.id ?? `${address} `, address, listed };
    const charged = this.#accounts.charge(payer, 1, bytes);
    return client === undefined ? charged.waitMs : this.#publishing.settle(client, charged);
  }

  /** After `preConnect`, as only here a CONNACK says why. */
  #authenticate(client: Client, done: Authenticated): void {
    const refused = this.#refused.get(client);
    if (refused === undefined) done(null, true);
    else done(refused as Parameters<Authenticated>[0], false);
  }

  #subscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const { subscriptions } = client as Client & { subscriptions: object };
    const { topic } = subscription;
    const isFull = Object.keys(subscriptions).length >= this.#limits.subscriptionsMax;
    if (subscription === SESSION_MARK || topic.startsWith('$') || isFull) return done(null, null);
    this.#aedes.subscribers.add(client);
    this.#persistence.granted.add(subscription);
    // Each filter with a wildcard is held against every retained message.
    const cost = hasWildcard(topic) ? 1 + this.#retained.size / RETAINED_A_SIGNAL : 1;
    const charged = this.#accounts.charge(this.#payerOf(client), cost, 0);
    const waitMs = this.#publishing.settle(client, charged);
    if (waitMs === 0) done(null, subscription);
    else setTimeout(() => done(null, subscription), waitMs);
  }

  /** Whether a client gets a message, and at which QoS: aedes lowers it for filters without wildcards only. */
  #forward(client: Client, packet: PublishPacket): AedesPublishPacket | null {
    if (!this.#relay.mayReceive(client.id, packet.topic)) return null;
    if (!this.#persistence.mayFlow(client, packet as Passing)) return null;
    if (!this.#accounts.deliver(this.#payerOf(client))) {
      client.conn.destroy(new LimitExceeded('rate', `${client.id} subscribes to too much`));
      return null;
    }
    if (packet.qos !== 2) return packet as AedesPublishPacket;
    const { subscriptions } = client as Client & {
      subscriptions: Record<string, { qos: 0 | 1 | 2 }>;
    };
    let granted: 0 | 1 | 2 = 0;
    for (const [filter, { qos }] of Object.entries(subscriptions)) {
      if (qos > granted && isOfFilter(filter.split('/'), packet.topic)) granted = qos;
    }
    // Of a session taken up again the message waits at its QoS already.
    return { ...packet, qos: granted === 0 ? 2 : granted } as AedesPublishPacket;
  }

  #tellWithheld({ clientId, topic }: PublishedMessage): void {
    const now = performance.now();
    if (now - this.#withheldToldAt < TOLD_AGAIN_MS) return;
    this.#withheldToldAt = now;
    this.#options.onWarn?.(
      'mqtt: a command to a device was not passed on: relay: does not allow it',
      {
        ...{ stage: 'intake', client: clientId.slice(0, 64), topic: topic.slice(0, 200) },
      },
    );
  }

  #sweep(): void {
    this.#inward.sweep((clientId) => clientId in this.#aedes.clients);
    this.#sessions.sweep();
    for (const guest of this.#admission.silent(this.#limits.silentMsMax))
      guest.giveWay('keepalive');
  }

  #count(client: Client, error: Error): void {
    if (this.#counted.has(client)) return;
    this.#counted.add(client);
    const reason = closeReason(error);
    if (reason !== undefined) this.#closed[reason]++;
    if (!(error instanceof PacketTooLarge)) return;
    const { topic, bytes } = error;
    this.#oversize.tell({ clientId: client.id ?? '', topic, bytes });
    if (topic !== undefined && client.id) this.#refuse(client, topic, bytes);
  }

  /** What its connection was closed for is told: a dead letter, without the payload, which was never read. */
  #refuse({ id }: Client, topic: string, bytes: number): void {
    const nothing = { payload: new Uint8Array(0), clientId: id, retain: false, will: false };
    this.#options
      .onPublish({ ...nothing, topic, cut: { bytes, client: id.slice(0, 100) } })
      .catch((error: unknown) => this.#options.onError(error, { stage: 'intake' }));
  }
}

const SWEEP_MS = 60_000;
const TOLD_AGAIN_MS = 600_000;
/** Control packet types: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ. */
const CHARGED_KINDS = new Set([1, 8, 10, 12]);
/** To hold a filter against so many retained messages costs as much as a signal. */
const RETAINED_A_SIGNAL = 20;

function ownWord(topic: string, payload: Uint8Array): Retained {
  return { topic, payload: payload.slice(), qos: 1, owner: '', listed: true, lasting: false };
}

/** What an error of aedes stands for; nothing for a peer that said goodbye by closing its end. */
function closeReason(error: Error & { code?: unknown }): CloseReason | undefined {
  if (error instanceof LimitExceeded) return error.reason;
  if (error.message === 'keep alive timeout') return 'keepalive';
  if (error.message === 'connect did not arrive in time') return 'connect_timeout';
  if (/premature close|connection closed/i.test(error.message)) return undefined;
  if (isGone(error)) return 'reset';
  if (typeof error.code === 'string') return 'other';
  return 'malformed';
}
