/** The line to an external broker: TCP, TLS or WebSocket, by the scheme of its URL, as one transport. */
import type { Secret } from '../../config/secret.ts';
import type { Transport } from '../stream.ts';
import { TcpTransport } from '../tcp.ts';
import { WebSocketTransport } from '../websocket.ts';
import { localized } from '../../start/language.mjs';

export interface BrokerAddress {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`; without credentials. */
  readonly url: URL;
  readonly user?: string;
  readonly password?: Secret;
  /** PEM of the authorities to trust beside the well-known ones. */
  readonly ca?: string;
  /** PEM of the client's own certificate; with its key, or neither. */
  readonly cert?: string;
  readonly key?: Secret;
}

const defaultPorts: Readonly<Record<string, number>> = {
  'mqtt:': 1883,
  'mqtts:': 8883,
  'ws:': 80,
  'wss:': 443,
};

/** As many signals in one read as one commit likes to have. */
const readBytes = 64 * 1024;
/** A WebSocket cannot be read slower; what is on its way is bounded by the receive maximum. */
const webSocketBytesMax = 64 * 1024 * 1024;
/** MQTT 3.1.1 §6 */
const subprotocol = 'mqtt';

/** Nothing refused the connection, and nothing took it in time. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** Where the broker is, for people: nothing of a path or a query, which may hold a token. */
export function placeOf({ url }: BrokerAddress): string {
  return `${url.protocol}//${url.hostname}:${portOf(url)}`;
}

/**
 * Connects; the server's certificate and name are always checked. Rejects with `NoAnswer` where it does not stand within
 * `timeoutMs`, and where `stop` comes first.
 */
export async function openLine(
  address: BrokerAddress,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Transport> {
  // Of the attempt only: what happens later must not touch a line that stands.
  const attempt = new AbortController();
  const opening = openByScheme(address, attempt.signal);
  let fail: ((error: Error) => void) | undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const timer = setTimeout(
    () =>
      fail?.(
        new NoAnswer(localized(`${timeoutMs} 毫秒内没有应答`, `no answer in ${timeoutMs} ms`)),
      ),
    timeoutMs,
  );
  const onStop = () => fail?.(new Error(localized('网关正在停止', 'the gateway stops')));
  stop.addEventListener('abort', onStop, { once: true });
  try {
    return await Promise.race([opening, failed]);
  } catch (error) {
    // One that would stand too late is closed again.
    opening.then(
      (transport) => transport.close(),
      () => {},
    );
    attempt.abort();
    throw error;
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

function openByScheme(address: BrokerAddress, signal: AbortSignal): Promise<Transport> {
  const { protocol } = address.url;
  if (protocol === 'mqtt:') return openTcp(address.url, signal);
  if (protocol === 'mqtts:') return openTls(address);
  return openWebSocket(address, signal);
}

async function openTcp(url: URL, signal: AbortSignal): Promise<Transport> {
  return new TcpTransport(await Deno.connect({ ...endOf(url), signal }), readBytes);
}

async function openTls(address: BrokerAddress): Promise<Transport> {
  const connection = await Deno.connectTls({ ...endOf(address.url), ...tlsOf(address) });
  // Without this a certificate that is refused would only show at the first read.
  await connection.handshake();
  return new TcpTransport(connection, readBytes);
}

/** Deno's constructor, which takes a client beside the protocols; a check that knows the browser's sees that one. */
const DenoWebSocket = WebSocket as unknown as new (
  url: string,
  options: { readonly protocols: string[]; readonly client?: Deno.HttpClient },
) => WebSocket;

async function openWebSocket(address: BrokerAddress, signal: AbortSignal): Promise<Transport> {
  const secure = address.url.protocol === 'wss:';
  const client = secure ? Deno.createHttpClient(tlsOf(address)) : undefined;
  const socket = new DenoWebSocket(address.url.href, {
    protocols: [subprotocol],
    ...(client !== undefined && { client }),
  });
  socket.addEventListener('close', () => client?.close(), { once: true });
  signal.addEventListener('abort', () => socket.close(), { once: true });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', (event) =>
      reject(
        new Error(
          event instanceof ErrorEvent ? event.message : localized('连接被拒绝', 'connect: refused'),
        ),
      ),
    );
  });
  return new WebSocketTransport(socket, address.url.hostname, {
    inwardBytesMax: webSocketBytesMax,
  });
}

function tlsOf({ ca, cert, key }: BrokerAddress) {
  return {
    ...(ca !== undefined && { caCerts: [ca] }),
    ...(cert !== undefined && key !== undefined && { cert, key: key.reveal() }),
  };
}

function endOf(url: URL): { hostname: string; port: number } {
  // An IPv6 address stands in brackets in a URL only.
  return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) };
}

function portOf(url: URL): number {
  return Number(url.port) || (defaultPorts[url.protocol] ?? 0);
}
