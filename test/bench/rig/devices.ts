// The devices of a hall as a bench plays them: each one MQTT client over TCP that publishes with QoS 1.
import { connectAsync, type MqttClient } from 'mqtt';
import type { Tidy } from './bench.ts';

export interface Devices {
  /** Publishes under the device's name, connecting it first where needed; resolves with its PUBACK. */
  publish(device: string, stream: string, signal: object): Promise<void>;
  connect(devices: Iterable<string>): Promise<void>;
  readonly connected: number;
}

const AT_ONCE = 20;

/** Devices of `hall` at the broker on this machine. */
export function playDevices(hall: string, port: number, tidy: Tidy): Devices {
  const clients = new Map<string, Promise<MqttClient>>();
  const present = new Map<string, MqttClient>();
  const client = (device: string): Promise<MqttClient> => {
    const known = clients.get(device);
    if (known !== undefined) return known;
    const made = connectAsync(`mqtt://127.0.0.1:${port}`, {
      ...{ clientId: device, keepalive: 60, reconnectPeriod: 0, protocolVersion: 4 as const },
      will: {
        topic: `hall/${hall}/${device}/device`,
        payload: Buffer.from(JSON.stringify({ type: 'state', state: 'offline' })),
        ...{ qos: 1 as const, retain: true },
      },
    });
    clients.set(device, made);
    void made.then(
      (connected) => present.set(device, connected),
      () => {},
    );
    return made;
  };
  tidy(() => Promise.allSettled([...present.values()].map((each) => each.endAsync())));
  return {
    async publish(device, stream, signal) {
      const topic = `hall/${hall}/${device}/${stream}`;
      // A device that is there publishes within this turn, so that what is timed begins here.
      const there = present.get(device) ?? (await client(device));
      await there.publishAsync(topic, JSON.stringify(signal), { qos: 1 });
    },
    async connect(devices) {
      const waiting = [...devices];
      const next = async (): Promise<void> => {
        const device = waiting.shift();
        if (device === undefined) return;
        await client(device);
        return next();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
    },
    get connected() {
      return present.size;
    },
  };
}
