/** An MQTT 3.1.1 client that says exactly what a test wants, and shows every packet that it gets. */
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet';

export type Of<C extends Packet['cmd']> = Extract<Packet, { cmd: C }>;
/** What a test says of a packet; a missing field is MQTT's own default. */
export type Said = { readonly cmd: Packet['cmd'] } & Readonly<Record<string, unknown>>;

const PATIENCE_MS = 10_000;

export class RawClient {
  readonly #connection: Deno.TcpConn;
  readonly #listeners = new Set<() => void>();
  /** Everything that came and was not taken yet. */
  readonly packets: Packet[] = [];
  readonly ended: Promise<void>;
  isEnded = false;
  /** Answers PUBLISH and PUBREL by itself, as a client does. */
  answers = true;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.ended = this.#read();
  }

  static async open(port: number): Promise<RawClient> {
    const connection = await Deno.connect({ hostname: '127.0.0.1', port });
    connection.setNoDelay(true);
    return new RawClient(connection);
  }

  /** Connects and waits for CONNACK. */
  static async connect(port: number, options: Partial<IConnectPacket> = {}): Promise<RawClient> {
    const client = await RawClient.open(port);
    await client.hello(options);
    return client;
  }

  async hello(options: Partial<IConnectPacket> = {}): Promise<Of<'connack'>> {
    await this.say({ cmd: 'connect', clientId: 'raw', clean: true, keepalive: 60, ...options });
    return await this.next('connack');
  }

  async say(packet: Said): Promise<void> {
    const publish = { qos: 0, retain: false, dup: false };
    const full = packet.cmd === 'publish' ? { ...publish, ...packet } : packet;
    await this.sayBytes(mqttPacket.generate(full as unknown as Packet));
  }

  async sayBytes(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  /** Takes the next packet of that kind out of `packets`. */
  async next<C extends Packet['cmd']>(cmd: C, fits: (packet: Of<C>) => boolean = () => true) {
    let found: Of<C> | undefined;
    await this.until(() => {
      const at = this.packets.findIndex((each) => each.cmd === cmd && fits(each as Of<C>));
      if (at >= 0) found = this.packets.splice(at, 1)[0] as Of<C>;
      return at >= 0;
    }, cmd);
    return found!;
  }

  /** Resolves when the condition holds; looks at each packet and at the end. */
  until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = () => {
        if (condition()) finish();
        else if (this.isEnded) finish(new Error(`${what}: the connection ended before it`));
      };
      const got = () => this.packets.map(({ cmd }) => cmd).join(' ');
      const timer = setTimeout(
        () => finish(new Error(`${what}: did not come, but ${got()}`)),
        PATIENCE_MS,
      );
      this.#listeners.add(look);
      look();
    });
  }

  /** All that was sent to this client before now has come. */
  async settle(): Promise<void> {
    await this.say({ cmd: 'pingreq' });
    await this.next('pingresp');
  }

  async subscribe(filters: readonly string[], qos: 0 | 1 | 2 | readonly (0 | 1 | 2)[]) {
    const each = (at: number) => (typeof qos === 'number' ? qos : qos[at]!);
    const subscriptions = filters.map((topic, at) => ({ topic, qos: each(at) }));
    await this.say({ cmd: 'subscribe', messageId: 1_000, subscriptions });
    return (await this.next('suback')).granted;
  }

  /** Publishes and goes through the whole exchange of its QoS. */
  async publish(topic: string, payload: string, qos: 0 | 1 | 2, more: object = {}): Promise<void> {
    const messageId = 2_000 + qos;
    await this.say({ cmd: 'publish', topic, payload, qos, messageId, ...more });
    if (qos === 1) await this.next('puback');
    if (qos < 2) return;
    await this.next('pubrec');
    await this.say({ cmd: 'pubrel', messageId });
    await this.next('pubcomp');
  }

  get messages(): Of<'publish'>[] {
    return this.packets.filter((packet): packet is Of<'publish'> => packet.cmd === 'publish');
  }

  async disconnect(): Promise<void> {
    await this.say({ cmd: 'disconnect' });
    await this.ended;
  }

  /** The line is cut: no DISCONNECT. */
  async cut(): Promise<void> {
    if (!this.isEnded) this.#connection.close();
    await this.ended;
  }

  async #read(): Promise<void> {
    const parser = mqttPacket.parser();
    parser.on('packet', (packet) => {
      this.packets.push(packet);
      this.#answer(packet);
    });
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await this.#connection.read(buffer);
        if (count === null) break;
        parser.parse(Buffer.from(buffer.slice(0, count)));
        for (const look of [...this.#listeners]) look();
      }
    } catch {
      // Cut by either end.
    }
    this.isEnded = true;
    try {
      this.#connection.close();
    } catch {
      // Closed by `cut`.
    }
    for (const look of [...this.#listeners]) look();
  }

  #answer(packet: Packet): void {
    if (!this.answers) return;
    const { messageId } = packet as { messageId?: number };
    const answer = answerTo(packet);
    if (answer !== undefined) this.say({ cmd: answer, messageId }).catch(() => {});
  }
}

function answerTo(packet: Packet): 'puback' | 'pubrec' | 'pubcomp' | undefined {
  if (packet.cmd === 'pubrel') return 'pubcomp';
  if (packet.cmd !== 'publish' || packet.qos === 0) return undefined;
  return packet.qos === 1 ? 'puback' : 'pubrec';
}
