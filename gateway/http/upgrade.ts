// WebSocket upgrades at the HTTP door: who may, with which subprotocol, and the handshake's answer.
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { problemResponse } from './problem.ts';
import { isSameOrigin } from './router.ts';
import { UPGRADED } from './upgraded.ts';
import { ServerSocket, SOCKET_LIMITS, type SocketLimits } from './websocket.ts';

/** What a request came on that asks for an upgrade, with what followed it already. */
interface Asked {
  readonly tcp: Socket;
  readonly head: Uint8Array;
}

const asked = new WeakMap<Request, Asked>();

/** The listener tells on which connection an upgrade is asked for. */
export function askUpgrade(request: Request, tcp: Socket, head: Uint8Array): void {
  asked.set(request, { tcp, head });
}

export interface UpgradeOptions {
  readonly protocol?: string;
  readonly limits?: Partial<SocketLimits>;
}

/**
 * Answers the handshake of a request that `refuseUpgrade` lets pass (RFC 6455 §4.2.2). The socket opens in the next turn;
 * its `close` event comes whatever becomes of the connection, also where that is gone already.
 */
export function upgradeWebSocket(
  request: Request,
  { protocol = '', limits }: UpgradeOptions = {},
): { socket: ServerSocket; response: Response } {
  const found = asked.get(request);
  if (found === undefined) throw new TypeError(`upgrade ${request.url}: is not asked for`);
  asked.delete(request);
  const { tcp, head } = found;
  const key = `${request.headers.get('sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    ...['Upgrade: websocket', 'Connection: Upgrade'],
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
    ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  const socket = new ServerSocket(tcp, head, {
    ...{ url: request.url.replace('http', 'ws'), protocol },
    limits: { ...SOCKET_LIMITS, ...limits },
  });
  if (!tcp.destroyed) tcp.write(`${lines.join('\r\n')}\r\n\r\n`);
  return { socket, response: UPGRADED };
}

/** WebSockets are not kept from other sites' pages by the browser: the gateway has to. */
export function refuseUpgrade(request: Request, url: URL): Response | undefined {
  const { headers } = request;
  const wants = (name: string, word: string) =>
    (headers.get(name) ?? '').split(',').some((each) => each.trim().toLowerCase() === word);
  if (!wants('upgrade', 'websocket') || !wants('connection', 'upgrade')) {
    return upgradeRequired('this address speaks WebSocket only');
  }
  const version = headers.get('sec-websocket-version');
  if (version !== '13') {
    return upgradeRequired(`sec-websocket-version: is ${version ?? 'missing'}, should be 13`);
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get('sec-websocket-key') ?? '')) {
    const detail = 'sec-websocket-key: should be 16 bytes in base64';
    return problemResponse({ status: 400, title: 'Bad request', detail });
  }
  if (isSameOrigin(request, url)) return undefined;
  const detail = 'origin: is another site, should be a page of this gateway or no browser';
  return problemResponse({ status: 403, title: 'Forbidden', detail, name: 'origin' });
}

function upgradeRequired(detail: string): Response {
  return problemResponse({
    status: 426,
    title: 'Upgrade required',
    detail,
    headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' },
  });
}

/** MQTT 3.1.1 and 5 say `mqtt`, MQTT 3.1 said `mqttv3.1`. */
const MQTT_PROTOCOLS = new Set(['mqtt', 'mqttv3.1']);

/** The MQTT subprotocol that the client offers (MQTT 3.1.1 §6), or the refusal. */
export function mqttProtocol(request: Request): string | Response {
  const offered = (request.headers.get('sec-websocket-protocol') ?? '').split(',');
  const protocol = offered.map((name) => name.trim()).find((name) => MQTT_PROTOCOLS.has(name));
  if (protocol !== undefined) return protocol;
  const detail = 'sec-websocket-protocol: is missing, should be mqtt';
  return problemResponse({ status: 400, title: 'Bad request', detail });
}
