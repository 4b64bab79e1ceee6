/** The one door in: what devices publish is decoded, journaled and only then acknowledged. */
import type { Clock } from './clock.ts';
import { type Broker, type BrokerOptions, type BrokerStats, startBroker } from './intake/broker.ts';
import type { DeadLetterDraft, Draft, Journal } from './journal.ts';

/** As `Decode` of hall/decode.ts gives it. */
export interface DecodedMessage {
  readonly accepted: readonly {
    readonly device: string;
    readonly stream: string;
    readonly signal: { readonly id: string; readonly at: number };
  }[];
  readonly rejected: readonly DeadLetterDraft[];
}

export interface IntakeOptions extends Omit<BrokerOptions, 'onPublish'> {
  /** Never throws; time of arrival in ms since 1970. */
  decode: (topic: string, payload: Uint8Array, receivedAt: number) => DecodedMessage;
  journal: Journal;
  clock: Clock;
  /** Above so many signals waiting for the disk nothing more is read from devices. Default 50,000. */
  pendingMax?: number;
}

/** In signals; a message that cannot be parsed counts as one. At rest received = the other three. */
export interface IntakeCounts {
  received: number;
  journaled: number;
  duplicate: number;
  /** By reason. */
  rejected: Record<string, number>;
}

export interface Intake {
  readonly port: number;
  readonly counts: Readonly<IntakeCounts>;
  readonly stats: Readonly<BrokerStats>;
  /**
   * For MQTT over WebSocket: a socket upgraded with the subprotocol `mqtt`. Deno forgets the
   * request's remote address with the upgrade: read it before.
   */
  handleWebSocket(socket: WebSocket, remoteAddress: string): void;
  /** Takes a message as if a device had published it now: dead letters replayed. */
  take(topic: string, payload: Uint8Array): Promise<{ accepted: number; rejected: number }>;
  /** Stops taking, lets what was taken become durable and acknowledged, closes the clients. */
  stop(graceMs?: number): Promise<void>;
}

/** Starts the embedded broker on the journal; rejects when the port cannot be had. */
export async function startIntake(options: IntakeOptions): Promise<Intake> {
  const { decode, journal, clock, pendingMax = 50_000, ...brokerOptions } = options;
  const counts: IntakeCounts = { received: 0, journaled: 0, duplicate: 0, rejected: {} };
  let pending = 0;
  // Filled once it listens; a first message may come in the same moment.
  const door: { broker?: Broker } = {};

  const settle = (size: number) => {
    pending -= size;
    if (pending <= pendingMax / 2) door.broker?.hold(false);
  };
  // One chain of promises and no async function: this runs for every message.
  const take = (topic: string, payload: Uint8Array) => {
    const receivedAt = clock.now();
    const { accepted, rejected } = decode(topic, payload, receivedAt);
    const size = accepted.length + rejected.length;
    pending += size;
    if (pending > pendingMax) door.broker?.hold(true);
    return journal.append(accepted.map(toDraft), rejected, receivedAt).then(
      ({ entries, duplicates }) => {
        settle(size);
        counts.received += size;
        counts.journaled += entries.length;
        counts.duplicate += duplicates;
        for (const { reason } of rejected) {
          counts.rejected[reason] = (counts.rejected[reason] ?? 0) + 1;
        }
        return { accepted: accepted.length, rejected: rejected.length };
      },
      (error: unknown) => {
        settle(size);
        throw error;
      },
    );
  };

  const broker = await startBroker({
    ...brokerOptions,
    onPublish: ({ topic, payload }) => take(topic, payload),
  });
  door.broker = broker;
  return {
    port: broker.port,
    counts,
    get stats() {
      return broker.stats;
    },
    handleWebSocket: (socket, remoteAddress) => broker.handleWebSocket(socket, remoteAddress),
    take,
    stop: (graceMs) => broker.stop(graceMs),
  };
}

function toDraft({ device, stream, signal }: DecodedMessage['accepted'][number]): Draft {
  return { device, stream, id: signal.id, at: signal.at, signal };
}
