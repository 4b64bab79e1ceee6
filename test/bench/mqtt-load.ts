/**
 * The load of the benches at full speed, in its own process: devices that publish with QoS 1 over raw
 * sockets, packets encoded beforehand, a window of unacknowledged ones each. Prints one JSON line.
 */
import mqttPacket from 'mqtt-packet';

const [port, devices, perDevice, window, perTicket = 20] = Deno.args.map(Number) as [
  number,
  number,
  number,
  number,
  number?,
];
const base = Date.now() - 60_000;

/**
 * By default a fifth of the signals are a ticket's steps, four of `perTicket`; the rest tells of windows, people, devices and
 * opinions. The n-th signal of a device, each with an id of its own and all of them regular.
 */
function signalOf(device: number, n: number): [stream: string, signal: object] {
  const window = `w${(device % 3) + 1}`;
  const ticket = `T${device}-${Math.floor(n / perTicket)}`;
  const always = { id: `${device}-${base}-${n}`, at: base + n };
  const step = n % perTicket;
  switch (step) {
    case 0:
      return [
        'ticket',
        { type: 'issued', ...always, ticket, queue: 'q1', service: 's1', channel: 'kiosk' },
      ];
    case 5:
      return ['ticket', { type: 'called', ...always, ticket, window }];
    case 7:
      return ['ticket', { type: 'serving', ...always, ticket, window }];
    case 17:
      return ['ticket', { type: 'completed', ...always, ticket, window, outcome: 'done' }];
    case 18:
      return [
        'evaluation',
        { type: 'submitted', ...always, ticket, window, level: 5, channel: 'pad' },
      ];
    case 19:
      return ['device', { type: 'state', ...always, state: 'online', paper_pct: 80, uptime_s: n }];
  }
  if (step % 2 === 0)
    return ['window', { type: 'state', ...always, window, state: 'idle', staff: 's-7' }];
  return ['occupancy', { type: 'count', ...always, zone: 'z1', present: n % 100 }];
}

/** One device's packets in a row, and where each ends. */
function encode(device: number): { bytes: Uint8Array; ends: Uint32Array } {
  const packets: Uint8Array[] = [];
  const ends = new Uint32Array(perDevice);
  let length = 0;
  for (let n = 0; n < perDevice; n++) {
    const [stream, signal] = signalOf(device, n);
    const packet = mqttPacket.generate({
      cmd: 'publish',
      topic: `hall/h1/dev-${device}/${stream}`,
      payload: JSON.stringify(signal),
      qos: 1,
      messageId: (n % 65_535) + 1,
      retain: false,
      dup: false,
    });
    packets.push(packet);
    length += packet.length;
    ends[n] = length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const packet of packets) {
    bytes.set(packet, offset);
    offset += packet.length;
  }
  return { bytes, ends };
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** Publishes everything; resolves when the last packet is acknowledged. */
async function publishAll(
  connection: Deno.Conn,
  { bytes, ends }: { bytes: Uint8Array; ends: Uint32Array },
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let sent = 0;
  let ackBytes = 0;
  const pump = async () => {
    const until = Math.min(perDevice, Math.floor(ackBytes / 4) + window);
    if (until <= sent) return;
    const from = sent === 0 ? 0 : ends[sent - 1]!;
    sent = until;
    await writeAll(connection, bytes.subarray(from, ends[until - 1]!));
  };
  await pump();
  while (ackBytes < perDevice * 4) {
    const read = await connection.read(buffer);
    if (read === null) throw new Error('load: connection closed before the last PUBACK');
    ackBytes += read;
    await pump();
  }
}

const encoded = Array.from({ length: devices }, (_, device) => encode(device));
const connections = await Promise.all(
  encoded.map(async (_, device) => {
    const connection = await Deno.connect({ hostname: '127.0.0.1', port });
    connection.setNoDelay(true);
    await writeAll(
      connection,
      mqttPacket.generate({
        cmd: 'connect',
        clientId: `dev-${device}`,
        clean: true,
        keepalive: 60,
      }),
    );
    await connection.read(new Uint8Array(4));
    return connection;
  }),
);
const started = performance.now();
await Promise.all(
  connections.map((connection, device) => publishAll(connection, encoded[device]!)),
);
const seconds = (performance.now() - started) / 1000;
const startedAt = performance.timeOrigin + started;
console.log(JSON.stringify({ signals: devices * perDevice, seconds, startedAt }));
