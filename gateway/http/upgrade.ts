// WebSocket upgrades at the HTTP door: who may, and with which subprotocol.
import { problemResponse } from './problem.ts';
import { isSameOrigin } from './router.ts';

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
