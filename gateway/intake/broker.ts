/**
 * The embedded MQTT broker (aedes): a publish is held in `authorizePublish`, which runs before
 * PUBACK, until whoever takes it says that it is safe; only then is it passed on to subscribers.
 */
import type { AedesOptions, Client, ConnectPacket, PublishPacket } from 'aedes';
import type { HallConfig } from '../../hall/config.ts';
import type { Budget } from '../../hall/gateway-status.ts';
import { Accounts, type Payer } from './accounts.ts';
import { Admission } from './admission.ts';
import { budgetsOf } from './budgets.ts';
import { Memory } from './memory.ts';
import type { Fault } from '../../hall/fault/kinds.ts';
import { CannotListen } from '../cannot-listen.ts';
import { inMemory, openDurable, type Durable } from './durable.ts';
import { ExactlyOnce } from './exactly-once.ts';
import { Persistence } from './persistence.ts';
import { Publishing } from './publishing.ts';
import { Subscribing } from './subscribing.ts';
import { QuietAedes } from './quiet-aedes.ts';
import { Relay } from './relay.ts';
import { Sessions } from './sessions.ts';
import { type Retained, RetainedStore } from './retained.ts';
import { refusedIdentifier, Refused, refuseVersion5, RETURN_CODE } from './greeting.ts';
import { DeviceStream, type Gate, type Transport } from './stream.ts';
import { type CloseReason, defaultLimits, isGone, type Limits } from './limits.ts';
import { Closings } from './closings.ts';
import { OversizeWatch } from './oversize.ts';
import { TcpTransport } from './tcp.ts';
import { Turns } from './turns.ts';
import type { PublishedMessage, TakeMessage, BrokerLink, LinkStats } from './broker-link.ts';
import { WebSocketTransport } from './websocket.ts';
import { message, type Tell } from '../log.ts';

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
  onWarn?: Tell;
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

export interface BrokerStats extends LinkStats {
  closed: Record<CloseReason, number>;
  /** Messages passed on but not retained, as too many topics are. */
  retainedRefused: number;
}

/** Wills are not published on a stop: a gateway that stops says nothing about devices. */
export interface Broker extends BrokerLink {
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
  readonly #turns = new Turns();
  readonly #streams = new Set<DeviceStream>();
  readonly #durable: Durable;
  readonly #inward: ExactlyOnce;
  readonly #retained: RetainedStore;
  readonly #sessions: Sessions;
  readonly #relay: Relay;
  readonly #publishing: Publishing;
  readonly #subscribing: Subscribing;
  #withheldToldAt = -Infinity;
  readonly #isListed: (id: string) => boolean;
  readonly #refused = new WeakMap<object, Refused>();
  /** Clients whose session outlives their connection. */
  readonly #staying = new WeakSet<object>();
  readonly #gate: { opened: Promise<void> | undefined; open: () => void } & Gate;
  #listener: Deno.TcpListener | undefined;
  #stopped: Promise<void> | undefined;
  #sweeping: ReturnType<typeof setInterval> | undefined;
  readonly #closings: Closings;

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
    this.#closings = new Closings(new OversizeWatch(now, options.onWarn), (client, topic, bytes) =>
      this.#refuse(client, topic, bytes),
    );
    this.#gate = { opened: undefined, open: () => {} };
    this.#sessions = new Sessions(this.#limits.sessions, durable, isListed, now);
    this.#memory = new Memory(
      this.#limits.memoryBytesMax,
      () => this.#retained.bytes + this.#sessions.bytes,
    );
    this.#relay = new Relay(options.relay ?? [], options.sources ?? []);
    if (this.#relay.isOff) this.#sessions.endAll();
    this.#retained.keepOnly((topic) => this.#relay.covers(topic));
    const persistence = new Persistence({
      ...{ inward: this.#inward, retained: this.#retained, sessions: this.#sessions, durable },
      stays: (client) => this.#staying.has(client),
    });
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
      authorizeForward: (client, packet) =>
        this.#subscribing.forward(client, packet as PublishPacket),
      authorizeSubscribe: (client, subscription, done) =>
        this.#subscribing.authorize(client, subscription, done),
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
    this.#subscribing = new Subscribing({
      ...{ limits: this.#limits, accounts: this.#accounts, retained: this.#retained, persistence },
      ...{ relay: this.#relay, subscribers: this.#aedes.subscribers },
      payerOf: (client) => this.#payerOf(client),
      settle: (client, charged) => this.#publishing.settle(client, charged),
    });
    this.#watchClients();
  }

  #watchClients(): void {
    this.#aedes.on('clientError', (client, error) => this.#closings.count(client, error));
    this.#aedes.on('connectionError', (client, error) => this.#closings.count(client, error));
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
      closed: { ...this.#closings.counts },
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
    const refused = this.#closings.counts.connections + this.#closings.counts.address_connections;
    return budgetsOf({
      limits: this.#limits,
      connections: { total: this.#admission.total, refused },
      ...{ inward: this.#inward, retained: this.#retained, sessions: this.#sessions },
      memory: this.#memory,
    });
  }

  findings(): readonly Fault[] {
    return this.#closings.oversize.faults(this.#limits.packetBytesMax);
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
          this.#closings.counts.reset++;
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
      this.#closings.counts.overload++;
      return transport.close();
    }
    const stream: DeviceStream = new DeviceStream(transport, {
      ...{ limits: this.#limits, gate: this.#gate, memory: this.#memory, turns: this.#turns },
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

  #tellWithheld({ clientId, topic }: PublishedMessage): void {
    const now = performance.now();
    if (now - this.#withheldToldAt < TOLD_AGAIN_MS) return;
    this.#withheldToldAt = now;
    this.#options.onWarn?.(message('mqtt.not-relayed', {}), {
      ...{ stage: 'intake', client: clientId.slice(0, 64), topic: topic.slice(0, 200) },
    });
  }

  #sweep(): void {
    this.#inward.sweep((clientId) => clientId in this.#aedes.clients);
    this.#sessions.sweep();
    for (const guest of this.#admission.silent(this.#limits.silentMsMax))
      guest.giveWay('keepalive');
  }

  /** Records a message that closed its connection as a dead letter, without its payload, which was never read. */
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

function ownWord(topic: string, payload: Uint8Array): Retained {
  return { topic, payload: payload.slice(), qos: 1, owner: '', listed: true, lasting: false };
}
