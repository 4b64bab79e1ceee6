// A broker that lets a client in and then says no more, on a line that stays open: what no real broker can be made to do.
import { createServer, type Socket } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';

const version = { protocolVersion: 5 };

export interface SilentBroker {
  readonly url: string;
  /** what it was told, in order: the packet's kind, of a publish its text */
  readonly heard: readonly string[];
  stop(): Promise<void>;
}

/** @param serverKeepAlive of its CONNACK (MQTT 5 §3.2.2.3.14), s */
export async function startSilentBroker(serverKeepAlive: number): Promise<SilentBroker> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const say = (packet: Packet) => void socket.write(mqttPacket.generate(packet, version));
    const parser = mqttPacket.parser(version);
    parser.on('packet', (packet) => {
      heard.push(packet.cmd === 'publish' ? String(packet.payload) : packet.cmd);
      if (packet.cmd === 'connect') {
        const properties = { serverKeepAlive };
        say({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties });
      } else if (packet.cmd === 'subscribe') {
        const granted = packet.subscriptions.map(() => 1);
        say({ cmd: 'suback', messageId: packet.messageId ?? 0, granted });
      }
    });
    socket.on('data', (bytes) => parser.parse(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    heard,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
