// Publishes the summaries of the halls around the demo hall, as the gateway of each would: with that gateway's client id,
// retained, QoS 1.
import mqtt from 'mqtt';
import type { HallConfig } from '../../hall/config.ts';
import { neighbourSummaries } from '../day/neighbours.ts';

const LOOK_MS = 1_000;
/** of the hall's own time, which may run faster */
const EVERY_MS = 15_000;

/** Connects and tells from time to time; returns the way out. @param now ms since 1970, in the hall's time */
export function runNeighbours(
  config: HallConfig,
  url: string,
  now: () => number,
  onError: (error: Error) => void,
): () => void {
  const clients = neighbourSummaries(config, now()).map(({ hall }) => {
    const client = mqtt.connect(url, {
      ...{ clientId: `hallcast-${hall}`, protocolVersion: 4, reconnectPeriod: 5_000 },
    });
    client.on('error', onError);
    client.on('connect', () => tell());
    return { hall, client };
  });
  let toldAt = now();
  const tell = (): void => {
    toldAt = now();
    const summaries = new Map(neighbourSummaries(config, toldAt).map((one) => [one.hall, one]));
    for (const { hall, client } of clients) {
      if (!client.connected) continue;
      const payload = JSON.stringify(summaries.get(hall));
      client.publish(`hall/${hall}/gateway/summary`, payload, { qos: 1, retain: true });
    }
  };
  const timer = setInterval(() => now() - toldAt >= EVERY_MS && tell(), LOOK_MS);
  return () => {
    clearInterval(timer);
    for (const { client } of clients) client.end(true);
  };
}
