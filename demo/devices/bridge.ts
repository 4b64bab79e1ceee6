// A Zigbee bridge in the demo hall with two devices that nobody has accepted yet, for the device page to discover.
import mqtt from 'mqtt';

const BASE = 'zigbee2mqtt';
const EVERY_MS = 30_000;

const DEVICES = [
  {
    ...{ ieee_address: '0x00124b0024c1a3f0', type: 'Coordinator', friendly_name: 'Coordinator' },
  },
  {
    ...{ ieee_address: '0x54ef441000c3a871', type: 'EndDevice', friendly_name: '三楼档案室门磁' },
    definition: { model: 'MCCGQ11LM', vendor: 'Aqara', exposes: [{ type: 'binary' }] },
  },
  {
    ...{ ieee_address: '0xa4c138d06ab21f7e', type: 'Router', friendly_name: '咨询台插座' },
    definition: { model: 'TS011F_plug_1', vendor: 'Tuya', exposes: [{ type: 'switch' }] },
  },
];

/** Connects and tells what the bridge knows, then each device's state from time to time; returns the way out. */
export function runBridge(url: string, onError: (error: Error) => void): () => void {
  const client = mqtt.connect(url, { clientId: 'demo-zigbee2mqtt', reconnectPeriod: 5_000 });
  const publish = (topic: string, payload: unknown, retain: boolean) =>
    client.publish(`${BASE}/${topic}`, JSON.stringify(payload), { qos: 1, retain });
  const tell = () => {
    const quality = 90 + Math.floor(Math.random() * 40);
    publish('三楼档案室门磁', { contact: true, battery: 82, linkquality: quality }, false);
    publish('咨询台插座', { state: 'ON', power: 41.2, linkquality: quality }, false);
  };
  client.on('connect', () => {
    publish('bridge/state', { state: 'online' }, true);
    publish('bridge/devices', DEVICES, true);
    tell();
  });
  client.on('error', onError);
  const timer = setInterval(() => client.connected && tell(), EVERY_MS);
  return () => {
    clearInterval(timer);
    client.end(true);
  };
}
