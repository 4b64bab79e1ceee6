// One simulated device: a real MQTT client with its own connection, will and retained state.
import mqtt, { type MqttClient } from 'mqtt';
import { formatTopic, type Stream } from '../../hall/topic.ts';

/** A signal as it goes out: on the device stream it may have no id of its own. */
export type Outgoing = { stream: Stream; signal: object & { at: number } };

export interface DeviceOptions {
  url: string;
  hall: string;
  device: string;
  /** Its clock is so far ahead of the right time. */
  clockAheadMs?: number;
  /** A connection came back after it was lost: the device tells its present state. */
  onReturn(client: DeviceClient): void;
  onError(error: Error, about: { stage: string }): void;
}

/** Half of what the contract lets an array hold, so that it stays well under its 256 KiB. */
const BATCH_MAX = 500;
const WAITING_MAX = 5_000;
const KEEPALIVE_S = 15;
const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_MS = 600;
/** So that a hall of devices does not come back in one instant. */
const RECONNECT_SPREAD_MS = 600;

/** Connects at once and keeps trying; what it is given to send it keeps until the broker has acknowledged it. */
export class DeviceClient {
  readonly id: string;
  /** Signals thrown away because the broker was gone too long. */
  discarded = 0;
  readonly #options: DeviceOptions;
  #mqtt: MqttClient | undefined;
  #waiting: Outgoing[] = [];
  /** How many at the head of `#waiting` are with the broker. */
  #inFlight = 0;
  #wasConnected = false;
  #settling: (() => void)[] = [];

  constructor(options: DeviceOptions) {
    this.id = options.device;
    this.#options = options;
    this.restore();
  }

  get connected(): boolean {
    return this.#mqtt?.connected === true;
  }

  /** Cut off on purpose: it does not come back before `restore`. */
  get dropped(): boolean {
    return this.#mqtt === undefined;
  }

  /** Queues behind what still waits. When full the oldest go, but not those that are on their way. */
  send(events: readonly Outgoing[]): void {
    this.#waiting = this.#waiting.concat(events);
    const over = Math.max(0, this.#waiting.length - WAITING_MAX);
    this.#waiting.splice(this.#inFlight, over);
    this.discarded += over;
    this.#publish();
  }

  /** Resolves once everything is acknowledged, or cannot be because there is no connection. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settling.push(resolve);
      this.#settle();
    });
  }

  /** Pulls the cable: no DISCONNECT is sent, so the broker publishes the will. */
  drop(): void {
    const connection = this.#mqtt;
    this.#mqtt = undefined;
    this.#inFlight = 0;
    connection?.end(true);
    this.#settle();
  }

  /** Connects again after a drop; what was not acknowledged goes out again. */
  restore(): void {
    if (this.#mqtt !== undefined) return;
    const { url, hall, device, onReturn, onError } = this.#options;
    const connection = mqtt.connect(url, {
      clientId: `${hall}-${device}`,
      protocolVersion: 4,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: RECONNECT_MS + Math.random() * RECONNECT_SPREAD_MS,
      will: {
        topic: formatTopic({ hall, device, stream: 'device' }),
        payload: Buffer.from('{"type":"state","state":"offline"}'),
        qos: 1,
        retain: true,
      },
    });
    this.#mqtt = connection;
    connection.on('connect', () => {
      if (this.#wasConnected) onReturn(this);
      this.#wasConnected = true;
      this.#publish();
    });
    connection.on('close', () => this.#settle());
    connection.on('error', (error) => onError(error, { stage: `connection of ${device}` }));
  }

  /** The first signals of one stream as one message, and the next when the broker has them. */
  #publish(): void {
    const connection = this.#mqtt;
    if (connection === undefined || !this.connected || this.#inFlight > 0) return;
    const [first] = this.#waiting;
    if (first === undefined) return this.#settle();
    const { hall, device, clockAheadMs = 0, onError } = this.#options;
    const { batch, retain } = nextBatch(this.#waiting);
    const signals = batch.map(({ signal }) => ({ ...signal, at: signal.at + clockAheadMs }));
    const payload = JSON.stringify(signals.length === 1 ? signals[0] : signals);
    const topic = formatTopic({ hall, device, stream: first.stream });
    this.#inFlight = batch.length;
    connection.publish(topic, payload, { qos: 1, retain }, (error) => {
      // A connection that was dropped meanwhile answers late; its successor sends the batch again.
      if (connection !== this.#mqtt) return;
      this.#inFlight = 0;
      if (error) onError(error, { stage: `publish of ${device}` });
      else this.#waiting.splice(0, batch.length);
      this.#publish();
    });
  }

  #settle(): void {
    if (this.#waiting.length > 0 && this.connected) return;
    for (const resolve of this.#settling.splice(0)) resolve();
  }
}

/**
 * The longest run of one stream at the head. Each ticket step is a message of its own: in an array, a call that a newer
 * step of its visit follows is late, and no board shows it. Only the last device state is retained, and alone, so that whoever
 * subscribes later is given the present state and not a list of past ones.
 */
function nextBatch(waiting: readonly Outgoing[]): { batch: Outgoing[]; retain: boolean } {
  const stream = waiting[0]?.stream;
  const other = waiting.findIndex((event) => event.stream !== stream);
  const max = stream === 'ticket' ? 1 : BATCH_MAX;
  const run = waiting.slice(0, Math.min(other < 0 ? waiting.length : other, max));
  const rest = waiting.slice(run.length);
  const holdsLast = stream === 'device' && !rest.some((event) => event.stream === 'device');
  if (holdsLast && run.length > 1) return { batch: run.slice(0, -1), retain: false };
  return { batch: run, retain: holdsLast };
}
