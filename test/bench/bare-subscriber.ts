// The peer of test/bench/pipeline.ts on the broker's side: MQTT.js as it comes, subscribed at QoS 1, which counts and
// keeps nothing. Words: port, messages to come. Prints one line when it is subscribed, one when it has them all.
import mqtt from 'mqtt';

const [port, count] = Deno.args.map(Number) as [number, number];
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
  ...{ clientId: 'bare-subscriber', protocolVersion: 5, clean: false },
  properties: { sessionExpiryInterval: 600, receiveMaximum: 65_535 },
});
let got = 0;
let first = 0;
client.on('message', () => {
  if (got++ === 0) first = performance.now();
  if (got === count) console.log(JSON.stringify({ seconds: (performance.now() - first) / 1000 }));
});
await client.subscribeAsync('hall/#', { qos: 1 });
console.log(JSON.stringify({ subscribed: true }));
Deno.addSignalListener('SIGTERM', () => Deno.exit(0));
