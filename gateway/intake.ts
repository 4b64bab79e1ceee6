/** The one door in: what devices publish is decoded, journaled and only then acknowledged. */
import type { Reject } from '../hall/decode.ts';
import type { Signal } from '../hall/signal.ts';
import type { Fault } from '../hall/fault/kinds.ts';
import type { Budget } from '../hall/gateway-status.ts';
import type { Clock } from './clock.ts';
import type { Arrival, Outcome, TakeMessage, BrokerLink, LinkStats } from './intake/broker-link.ts';
import type { DeadLetterDraft, Draft, Journal } from './journal.ts';
import { localized } from './start/language.mjs';

/** As `Decode` of hall/decode.ts gives it. */
export interface DecodedMessage {
  readonly accepted: readonly Signal[];
  readonly rejected: readonly Reject[];
  /** A vendor's message: others at the broker may want it, whatever it tells the hall. */
  readonly foreign?: boolean;
}

export interface IntakeOptions {
  /** Never throws; time of arrival in ms since 1970. */
  decode: (
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
    retain: boolean,
    arrival?: Arrival,
  ) => DecodedMessage;
  journal: Journal;
  /** What was decoded did not become durable: its message will come again, or was refused for want of room. */
  onFailed?: () => void;
  /** What was refused, once it is kept. */
  onRefused?: (refused: readonly DeadLetterDraft[]) => void;
  clock: Clock;
  /** Opens the way in; rejects where it cannot be had. */
  open: (take: TakeMessage) => Promise<BrokerLink>;
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
  readonly stats: Readonly<LinkStats>;
  /** What keeps messages from coming in right now, for people; undefined while they can. */
  readonly trouble: string | undefined;
  /**
   * For MQTT over WebSocket: a socket upgraded with the subprotocol `mqtt`. Deno forgets the
   * request's remote address with the upgrade: read it before. Missing at an external broker.
   */
  readonly handleWebSocket: BrokerLink['handleWebSocket'];
  budgets(): readonly Budget[];
  findings(): readonly Fault[];
  /** Takes a message as if it had arrived then (ms since 1970; default: now): dead letters replayed. */
  take(topic: string, payload: Uint8Array, receivedAt?: number): Promise<Outcome>;
  /** Publishes at QoS 1 on the broker that devices are at. */
  publish: BrokerLink['publish'];
  /** Stops taking, lets what was taken become durable and acknowledged, closes the clients. */
  stop(graceMs?: number): Promise<void>;
}

/** Opens the way in on the journal; rejects when it cannot be had. */
export async function startIntake(options: IntakeOptions): Promise<Intake> {
  const { decode, journal, clock, open, onFailed, onRefused, pendingMax = 50_000 } = options;
  const counts: IntakeCounts = { received: 0, journaled: 0, duplicate: 0, rejected: {} };
  let pending = 0;
  // Filled once it stands; a first message may come in the same moment.
  const door: { link?: BrokerLink } = {};

  const settle = (size: number) => {
    pending -= size;
    if (pending <= pendingMax / 2) door.link?.hold(false);
  };
  // One chain of promises and no async function: this runs for every message.
  const take = (
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
    retain: boolean,
    arrival?: Arrival,
  ) => {
    const decoded = decode(topic, payload, receivedAt, retain, arrival);
    const { foreign = false } = decoded;
    const { accepted, rejected, uncounted } = journal.isShort
      ? withinRoom(journal, topic, payload, decoded)
      : { ...decoded, uncounted: 0 };
    if (accepted.length < decoded.accepted.length) onFailed?.();
    const size = decoded.accepted.length + decoded.rejected.length;
    pending += size;
    if (pending > pendingMax) door.link?.hold(true);
    const letters = rejected.map(toLetter);
    return journal.append(accepted.map(toDraft), letters, receivedAt).then(
      ({ entries, duplicates }) => {
        settle(size);
        counts.received += size;
        counts.journaled += entries.length;
        counts.duplicate += duplicates;
        for (const { reason } of rejected) {
          counts.rejected[reason] = (counts.rejected[reason] ?? 0) + 1;
        }
        if (uncounted > 0) {
          counts.rejected[NO_ROOM.reason] = (counts.rejected[NO_ROOM.reason] ?? 0) + uncounted;
        }
        if (letters.length > 0) onRefused?.(letters);
        return { accepted: accepted.length, rejected: size - accepted.length, foreign };
      },
      (error: unknown) => {
        settle(size);
        onFailed?.();
        throw error;
      },
    );
  };

  const link = await open(({ topic, payload, retain, receivedAt, cut }) =>
    take(topic, payload, receivedAt ?? clock.now(), retain, { cut }),
  );
  door.link = link;
  return {
    port: link.port,
    counts,
    get stats() {
      return link.stats;
    },
    get trouble() {
      return link.trouble;
    },
    budgets: () => link.budgets?.() ?? [],
    findings: () => link.findings?.() ?? [],
    handleWebSocket: link.handleWebSocket?.bind(link),
    take: (topic, payload, receivedAt = clock.now()) =>
      take(topic, payload, receivedAt, false, { replayed: true }),
    publish: (topic, payload, retain) => link.publish(topic, payload, retain),
    stop: (graceMs) => link.stop(graceMs),
  };
}

const NO_ROOM = {
  reason: 'budget:journal',
  detail: {
    zh: '流水空间不足：拒收大厅文件未列出的设备',
    en: 'the journal is short of room: devices that the hall file does not list are refused',
  },
};

/**
 * Without the signals that the journal has no room for. They are one dead letter, the whole message, as a replay of it
 * makes each signal again under its id; while letters have room. `uncounted`: how many signals stand in no letter of
 * their own.
 */
function withinRoom(
  journal: Journal,
  topic: string,
  payload: Uint8Array,
  { accepted, rejected }: DecodedMessage,
) {
  const admitted = accepted.filter(({ device, stream }) => journal.admits(device, stream));
  const refused = accepted.length - admitted.length;
  if (refused === 0 || !journal.hasLetterRoom) {
    return { accepted: admitted, rejected, uncounted: refused };
  }
  const letter = { topic, payload, ...NO_ROOM };
  return { accepted: admitted, rejected: [...rejected, letter], uncounted: refused - 1 };
}

/** The text for people is kept in the language of this gateway. */
function toLetter({ topic, payload, reason, detail: { zh, en } }: Reject): DeadLetterDraft {
  return { topic, payload, reason, detail: localized(zh, en) };
}

function toDraft({ device, stream, signal, at, marks, journalId }: Signal): Draft {
  return { device, stream, id: journalId ?? signal.id, at, signal, marks };
}
