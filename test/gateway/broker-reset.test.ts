// A connection that its peer resets is nobody's fault: it is counted, it is no error line, and it holds up nobody. SPEC §20.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from 'node:child_process';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway } from '../services/gateway.ts';
import { connect, issued, openDoor, until } from './intake-parts.ts';

/** Connects so many times, one after the other, says `words` and resets (SO_LINGER 0). */
function resets(port: number, times: number, words = ''): Promise<void> {
  const program = [
    'import socket, struct, sys, time',
    'port, times, words = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()',
    'for _ in range(times):',
    "  line = socket.create_connection(('127.0.0.1', port))",
    "  line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))",
    '  line.send(words)',
    '  line.close()',
  ].join('\n');
  const child = spawn('python3', ['-c', program, String(port), String(times), words]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`resets: python3 ended with ${code}`)),
    );
  });
}

test('200 connections that are reset at once: no error line, all counted, the next device gets in', async () => {
  const errors: unknown[] = [];
  const door = await openDoor({ onError: (error) => errors.push(error) });
  const { intake, stop } = door;
  await resets(intake.port, 200);
  const client = await connect(intake.port);
  await client.publishAsync('hall/h1/disp-1/ticket', issued('after'), { qos: 1 });
  await until(() => intake.stats.connections === 1, 'the places of the others');
  await client.endAsync();
  await stop();
  assert.deepEqual(errors, []);
  assert.ok((intake.stats.closed['reset'] ?? 0) > 0, JSON.stringify(intake.stats.closed));
  assert.equal(intake.stats.closed['malformed'], 0);
});

test('a gateway whose MQTT port and /mqtt see resets writes no error line', async () => {
  const gateway = await startGateway({ hall: SAMPLE_YAML });
  try {
    const upgrade = [
      'GET /mqtt HTTP/1.1',
      `Host: 127.0.0.1:${gateway.http}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: mqtt',
    ];
    await Promise.all([
      resets(gateway.mqtt, 200),
      resets(gateway.http, 100, [...upgrade, '', ''].join('\r\n')),
    ]);
    const client = await connect(gateway.mqtt);
    await client.endAsync();
    const errors = gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('"error"'));
    assert.deepEqual(errors, []);
  } finally {
    await gateway.end();
  }
});

test('a packet over the limit is told with its client, topic and size, in the log and as a fault', async () => {
  const warned: object[] = [];
  const door = await openDoor({
    limits: { packetBytesMax: 4_096 },
    onWarn: (_message, fields = {}) => warned.push(fields),
    now: () => 7_000,
  });
  const { intake, stop } = door;
  const client = await connect(intake.port, { clientId: 'zigbee' });
  client.publish('zigbee2mqtt/bridge/devices', 'x'.repeat(9_000), { qos: 1 });
  await until(() => intake.stats.closed['packet_size'] === 1, 'the end of the connection');
  client.end(true);
  const [told] = warned as { client: string; topic: string; bytes: number }[];
  assert.deepEqual(
    [told?.client, told?.topic, (told?.bytes ?? 0) > 9_000],
    ['zigbee', 'zigbee2mqtt/bridge/devices', true],
  );
  const [fault] = intake.findings();
  assert.deepEqual(
    [fault?.id, fault?.since, fault?.detail],
    ['budget:packet', 7_000, { zh: told?.topic }],
  );
  assert.match(fault?.title.en ?? '', /zigbee, 9 KiB \(limit 4 KiB\)/);
  await stop();
});
