// All simulated devices of the demo hall: connects them, tells them what the day has them say, lets them fail.
import { setTimeout as delay } from 'node:timers/promises';
import type { HallConfig } from '../../hall/config.ts';
import type { SignalOf } from '../../hall/signal.ts';
import type { DemoEvent } from '../day.ts';
import { clockAheadMs } from '../day/mishaps.ts';
import { DeviceClient } from './client.ts';
import { cutSlices } from './slices.ts';

export interface Fleet {
  readonly size: number;
  /** how many are connected now */
  readonly connected: number;
  /** Waits until every device that is not cut off is connected, at most `ms`. @throws when `stopping` is aborted */
  ready(ms: number, stopping: AbortSignal): Promise<void>;
  /** Publishes the past: failures and returns are told as they were, without pulling any cable. */
  recount(events: readonly DemoEvent[]): Promise<void>;
  /** Publishes the present: a device that goes offline really loses its connection. */
  follow(events: readonly DemoEvent[]): Promise<void>;
  /** Every device tells its state as of `at`; those that the story has offline are cut off. */
  announce(at: number): Promise<void>;
  /** Signals that could not be kept for a broker that was away. */
  discarded(): number;
  stop(): void;
}

export interface FleetOptions {
  config: HallConfig;
  url: string;
  /** The demo's time, integer ms. */
  now(): number;
  onError(error: Error, about: { stage: string }): void;
}

type State = SignalOf<'device'>;

const RAMP = 24;
const POLL_MS = 25;

export async function connectFleet({ config, url, now, onError }: FleetOptions): Promise<Fleet> {
  const kinds = new Map<string, string>(config.devices.map(({ id, kind }) => [id, kind]));
  const states = new Map<string, State>();
  const clients = new Map<string, DeviceClient>();
  const stateOf = (device: string, at: number) => {
    const { id: _, ...state } = states.get(device) ?? {
      type: 'state',
      state: 'online',
      id: '',
      at,
    };
    return { stream: 'device' as const, signal: { ...state, at } };
  };
  const onReturn = (client: DeviceClient) => client.send([stateOf(client.id, now())]);

  for (const [index, { id: device }] of config.devices.entries()) {
    const about = { url, hall: config.hall.id, device, clockAheadMs: clockAheadMs(device) };
    clients.set(device, new DeviceClient({ ...about, onReturn, onError }));
    // A few at a time, as a building's devices come up, so that neither side's accept queue overflows.
    if (index % RAMP === RAMP - 1) await delay(1);
  }

  /** Phase by phase; a device without a connection keeps its part and does not hold up the others. */
  const publish = async (events: readonly DemoEvent[], live: boolean) => {
    for (const slice of cutSlices(events, (device) => kinds.get(device))) {
      for (const phase of slice) {
        const ofDevice = Map.groupBy(phase, ({ device }) => device);
        await Promise.all(
          [...ofDevice].map(async ([device, part]) => {
            const client = clients.get(device);
            if (client !== undefined) await tell(client, part, live);
          }),
        );
      }
    }
  };

  const tell = async (client: DeviceClient, events: readonly DemoEvent[], live: boolean) => {
    const latest = events.findLast(({ stream }) => stream === 'device');
    if (latest?.stream === 'device') states.set(client.id, latest.signal);
    // A device that loses its connection cannot say so: its will does.
    const cut = live && latest?.stream === 'device' && latest.signal.state === 'offline';
    if (live && latest !== undefined && !cut) client.restore();
    client.send(cut ? events.filter((event) => event !== latest) : events);
    await client.settled();
    if (cut) client.drop();
  };

  return {
    size: clients.size,
    get connected() {
      return [...clients.values()].filter(({ connected }) => connected).length;
    },
    ready: async (ms, stopping) => {
      const until = Date.now() + ms;
      const away = () =>
        [...clients.values()].some((client) => !client.dropped && !client.connected);
      while (away() && Date.now() < until) await delay(POLL_MS, undefined, { signal: stopping });
    },
    recount: (events) => publish(events, false),
    follow: (events) => publish(events, true),
    announce: async (at) => {
      for (const client of clients.values()) {
        if (states.get(client.id)?.state === 'offline') client.drop();
        else client.send([stateOf(client.id, at)]);
      }
      await Promise.all([...clients.values()].map((client) => client.settled()));
    },
    discarded: () => [...clients.values()].reduce((sum, client) => sum + client.discarded, 0),
    stop: () => {
      for (const client of clients.values()) client.drop();
    },
  };
}
