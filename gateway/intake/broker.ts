/**
 * The embedded MQTT broker (aedes): a publish is held in `authorizePublish`, which runs before
 * PUBACK, until whoever takes it says that it is safe; only then is it passed on to subscribers.
 */
import {
  Aedes,
  type Client,
  type ConnectPacket,
  type PublishPacket,
  type Subscription,
} from 'aedes';
import type { Fault } from '../../hall/fault/kinds.ts';
import { CannotListen } from '../listening.ts';
import { DeviceStream, type Gate, type Transport } from './stream.ts';
import {
  Admission,
  type CloseReason,
  defaultLimits,
  isGone,
  LimitExceeded,
  type Limits,
  PacketTooLarge,
  Rates,
} from './limits.ts';
import { OversizeWatch } from './oversize.ts';
import { TcpTransport } from './tcp.ts';
import type { Outcome, TakeMessage, Way, WayStats } from './way.ts';
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
  /** ms since 1970, for faults */
  now?: () => number;
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

type Done = (error?: Error | null) => void;
type PublishDone = (error?: Error) => void;
/** What aedes really passes; its types leave the client out. */
type Distribute = (
  this: Aedes,
  packet: PublishPacket,
  client: Client | null,
  done: PublishDone,
) => void;

const distribute = Aedes.prototype.publish as unknown as Distribute;

/** aedes, but without the work of passing on where nobody listens or nothing may be passed on. */
class QuietAedes extends Aedes {
  readonly subscribers = new Set<Client>();
  readonly refused = new WeakSet<object>();

  override publish(
    packet: PublishPacket,
    client: Client | PublishDone | null,
    done: PublishDone = () => {},
  ): void {
    if (typeof client === 'function') return distribute.call(this, packet, null, client);
    const unheard = this.subscribers.size === 0 && !packet.retain;
    if (client !== null && (unheard || this.refused.has(packet))) return done();
    distribute.call(this, packet, client, done);
  }
}

/** Starts the broker; rejects when the port cannot be had. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const broker = new EmbeddedBroker(options);
  await broker.start();
  return broker;
}

class EmbeddedBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #limits: Limits;
  readonly #aedes: QuietAedes;
  readonly #admission: Admission;
  readonly #rates: Rates;
  readonly #streams = new Set<DeviceStream>();
  readonly #retained = new Set<string>();
  readonly #counted = new WeakSet<Client>();
  readonly #oversize: OversizeWatch;
  readonly #gate: { opened: Promise<void> | undefined; open: () => void } & Gate;
  #listener: Deno.TcpListener | undefined;
  #stopped: Promise<void> | undefined;
  #held = 0;
  #onQuiet: (() => void) | undefined;
  #slowed = 0;
  #retainedRefused = 0;
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
    reset: 0,
    other: 0,
  };

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#admission = new Admission(this.#limits);
    this.#rates = new Rates(this.#limits);
    this.#oversize = new OversizeWatch(options.now ?? Date.now, options.onWarn);
    this.#gate = { opened: undefined, open: () => {} };
    this.#aedes = new QuietAedes({
      connectTimeout: this.#limits.connectTimeoutMs,
      // What a client may send before CONNACK; one read of its socket holds no more than this.
      queueLimit: 1_000,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authorizePublish: (client, packet, done) => this.#hold(client, packet, done),
      authorizeSubscribe: (client, subscription, done) =>
        this.#subscribe(client, subscription, done),
    });
    this.#aedes.on('clientError', (client, error) => this.#count(client, error));
    this.#aedes.on('connectionError', (client, error) => this.#count(client, error));
    this.#aedes.on('clientDisconnect', (client) => this.#aedes.subscribers.delete(client));
  }

  async start(): Promise<void> {
    const { hostname, port, retained = [], onError } = this.#options;
    await this.#aedes.listen();
    for (const { topic, payload } of retained) {
      this.#retained.add(topic);
      await this.publish(topic, payload, true);
    }
    try {
      this.#listener = Deno.listen({ hostname, port });
    } catch (error) {
      this.#aedes.close();
      throw new CannotListen('--mqtt', hostname, port, error);
    }
    this.#accept(this.#listener).catch((error) => onError(error, { stage: 'intake' }));
  }

  get port(): number {
    return this.#listener?.addr.port ?? 0;
  }

  get stats(): BrokerStats {
    return {
      connections: this.#admission.total,
      held: this.#held,
      closed: { ...this.#closed },
      slowed: this.#slowed,
      retainedRefused: this.#retainedRefused,
    };
  }

  handleWebSocket(socket: WebSocket, remoteAddress: string): void {
    const inwardBytesMax = this.#limits.packetBytesMax * 2;
    this.#take(new WebSocketTransport(socket, remoteAddress, { inwardBytesMax }));
  }

  findings(): readonly Fault[] {
    return this.#oversize.faults(this.#limits.packetBytesMax);
  }

  get trouble(): undefined {
    return undefined;
  }

  /** As if a client had published it; what it says is not taken for a device's. */
  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
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
    if (this.#held > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#onQuiet = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
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
    const refusal = this.#stopped ? 'overload' : this.#admission.enter(transport.address);
    if (refusal !== undefined) {
      this.#closed[refusal]++;
      transport.close();
      return;
    }
    const stream = new DeviceStream(transport, this.#limits, this.#gate);
    this.#streams.add(stream);
    stream.once('close', () => {
      this.#streams.delete(stream);
      this.#admission.leave(transport.address);
    });
    this.#aedes.handle(stream);
  }

  /**
   * Every session is a clean one: what a client that is away would be owed is in the journal, read
   * over HTTP, and not in a queue without end here.
   */
  #preConnect(
    _client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, success: boolean) => void,
  ): void {
    packet.clean = true;
    if (this.#gate.opened === undefined) return done(null, true);
    done(new LimitExceeded('overload', 'connect: the journal cannot take more now'), false);
  }

  #subscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const { subscriptions } = client as Client & { subscriptions: object };
    if (Object.keys(subscriptions).length >= this.#limits.subscriptionsMax) return done(null, null);
    this.#aedes.subscribers.add(client);
    done(null, subscription);
  }

  /** The heart: no PUBACK before `onPublish` has resolved. */
  #hold(client: Client | null, packet: PublishPacket, done: Done): void {
    const clientId = client?.id ?? '';
    const { topic } = packet;
    const will = !('cmd' in packet);
    if (will && this.#stopped !== undefined) return done(new Error('will: the gateway stops'));
    if (this.#options.mayPublish?.(clientId, topic) === false) {
      return done(new LimitExceeded('forbidden', `publish: ${clientId} may not publish ${topic}`));
    }
    const payload =
      typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    this.#held++;
    this.#options.onPublish({ topic, payload, clientId, retain: packet.retain, will }).then(
      (outcome) => {
        this.#mark(packet, payload, outcome.accepted > 0 || outcome.foreign === true);
        const waitMs = client === null || will ? 0 : this.#charge(client, payload, outcome);
        if (waitMs === 0 || this.#stopped !== undefined) this.#release(done, null);
        else setTimeout(() => this.#release(done, null), waitMs);
      },
      (error: Error) => this.#release(done, new LimitExceeded('overload', error.message)),
    );
  }

  #release(done: Done, error: Error | null): void {
    this.#held--;
    done(error);
    if (this.#held === 0) this.#onQuiet?.();
  }

  /** Says to `publish`, which comes next, whether to pass it on; and whether it may be retained. */
  #mark(packet: PublishPacket, payload: Uint8Array, accepted: boolean): void {
    const clears = packet.retain && payload.length === 0;
    if ((!accepted && !clears) || packet.topic.startsWith('$')) {
      this.#aedes.refused.add(packet);
    } else if (clears) {
      this.#retained.delete(packet.topic);
    } else if (packet.retain && !this.#retained.has(packet.topic)) {
      if (this.#retained.size < this.#limits.retainedMax) {
        this.#retained.add(packet.topic);
      } else {
        packet.retain = false;
        this.#retainedRefused++;
      }
    }
  }

  /** How long this client's next packets have to wait: aedes reads on when all it read is done. */
  #charge(client: Client, payload: Uint8Array, { accepted, rejected }: Outcome): number {
    const now = performance.now();
    const rate = this.#rates.of(client.id, now);
    const waitMs = rate.charge(Math.max(1, accepted + rejected), payload.length, now);
    if (waitMs === 0) return 0;
    this.#slowed++;
    if (rate.slowedMs(now) > this.#limits.slowedMsMax) {
      client.conn.destroy(new LimitExceeded('rate', `publish: ${client.id} sends too much`));
      return 0;
    }
    return waitMs;
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
