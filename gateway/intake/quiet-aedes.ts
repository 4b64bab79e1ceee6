// aedes without what nobody here asked for: its own $SYS messages, and the work of passing on where nobody listens.
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';

type PublishDone = (error?: Error) => void;
/** What aedes really passes; its types leave the client out. */
type Distribute = (
  this: Aedes,
  packet: PublishPacket,
  client: Client | null,
  done: PublishDone,
) => void;

const distribute = Aedes.prototype.publish as unknown as Distribute;

export class QuietAedes extends Aedes {
  /** By client id, connected. */
  declare readonly clients: Readonly<Record<string, Client>>;
  readonly subscribers = new Set<Client>();
  /** Messages that are not passed on. */
  readonly refused = new WeakSet<object>();

  constructor(options: AedesOptions) {
    super(options);
  }

  override publish(
    packet: PublishPacket,
    client: Client | PublishDone | null,
    done: PublishDone = () => {},
  ): void {
    // Who connects, leaves and subscribes, and a cluster's signs of life: they would tell strangers every client's id.
    if (packet.topic.startsWith('$SYS/')) {
      return typeof client === 'function' ? client() : done();
    }
    if (typeof client === 'function') return distribute.call(this, packet, null, client);
    const unheard = this.subscribers.size === 0;
    if (client !== null && (unheard || this.refused.has(packet))) return done();
    distribute.call(this, packet, client, done);
  }
}
