// WebSocket upgrades at the HTTP door: who may, and with which subprotocol.
import { problemResponse } from './problem.ts';
import { isSameOrigin } from './router.ts';

/** WebSockets are not kept from other sites' pages by the browser: the gateway has to. */
export function refuseUpgrade(request: Request, url: URL): Response | undefined {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return problemResponse({
      status: 426,
      title: 'Upgrade required',
      detail: 'this address speaks WebSocket only',
      headers: { upgrade: 'websocket' },
    });
  }
  if (isSameOrigin(request, url)) return undefined;
  const detail = 'origin: is another site, should be a page of this gateway or no browser';
  return problemResponse({ status: 403, title: 'Forbidden', detail, name: 'origin' });
}

/** The MQTT subprotocol that the client offers (MQTT 3.1.1 §6), or the refusal. */
export function mqttProtocol(request: Request): string | Response {
  const offered = (request.headers.get('sec-websocket-protocol') ?? '').split(',');
  const protocol = offered.map((name) => name.trim()).find((name) => name.startsWith('mqtt'));
  if (protocol !== undefined) return protocol;
  const detail = 'sec-websocket-protocol: is missing, should be mqtt';
  return problemResponse({ status: 400, title: 'Bad request', detail });
}
