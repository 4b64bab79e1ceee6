// Devices that publish at QoS 1 at a steady pace to a broker that may go away, and remember what it acknowledged.
import mqtt, { type MqttClient } from 'mqtt';

export interface Load {
  /** ids that the broker acknowledged */
  readonly acknowledged: ReadonlySet<string>;
  /** Resolves when so many more are. */
  more(count: number): Promise<void>;
  /** Publishes no more; resolves when all that was published is acknowledged. */
  finish(): Promise<void>;
  end(): Promise<void>;
}

export interface LoadOptions {
  /** all devices together */
  readonly perSecond: number;
  /** default 10 */
  readonly devices?: number;
  /** a word that makes this load's ids and clients its own */
  readonly name?: string;
}

/** In a hall file: room for the tickets of a load, however long it runs; the default has room for 40,000 signals. */
export const ROOM_FOR_LOAD = 'limits: { tickets_max: 1000000 }\n';

/** Steps of tickets; each unacknowledged publish is sent again after a reconnect, as MQTT has it. */
export function startLoad(url: string, options: LoadOptions): Load {
  const { perSecond, devices = 10, name = 'load' } = options;
  const acknowledged = new Set<string>();
  const progress = new EventTarget();
  const clients: MqttClient[] = [];
  const timers: ReturnType<typeof setInterval>[] = [];
  let pending = 0;
  let numbered = 0;
  for (let device = 0; device < devices; device++) {
    const client = mqtt.connect(url, {
      ...{
        clientId: `${name}-${device}`,
        clean: false,
        reconnectPeriod: 50,
        connectTimeout: 2_000,
      },
    });
    // A broker that is down is what such tests are about.
    client.on('error', () => {});
    clients.push(client);
    const publish = () => {
      if (!client.connected) return;
      const id = `${name}-${device}-${++numbered}`;
      const type = ['issued', 'called', 'serving', 'completed'][Math.trunc(numbered / 400) % 4];
      const place = type === 'issued' ? { queue: 'q1' } : { window: 'w1' };
      const signal = { type, id, at: Date.now(), ticket: `A${100 + (numbered % 400)}`, ...place };
      pending++;
      const topic = `hall/h1/device-${device}/ticket`;
      client.publish(topic, JSON.stringify(signal), { qos: 1 }, (error) => {
        pending--;
        if (!error) acknowledged.add(id);
        progress.dispatchEvent(new Event('step'));
      });
    };
    timers.push(setInterval(publish, (devices * 1000) / perSecond));
  }
  const stopPublishing = () => {
    for (const timer of timers) clearInterval(timer);
  };
  const reached = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!done()) return;
        progress.removeEventListener('step', look);
        resolve();
      };
      progress.addEventListener('step', look);
      look();
    });
  return {
    acknowledged,
    more(count) {
      const goal = acknowledged.size + count;
      return reached(() => acknowledged.size >= goal);
    },
    finish() {
      stopPublishing();
      return reached(() => pending === 0);
    },
    async end() {
      stopPublishing();
      await Promise.all(clients.map((client) => client.endAsync(true)));
    },
  };
}
