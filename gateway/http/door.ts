// Every address of the gateway, over the parts that there are so far: HTTP answers before the state is restored.
import type { HallConfig } from '../../hall/config.ts';
import { effectiveHall } from '../../hall/effective-hall.ts';
import { cutting } from '../../hall/view/cut.ts';
import { cutView } from '../../hall/view/index.ts';
import type { Clock } from '../clock.ts';
import type { Facts } from '../facts.ts';
import type { FaultWatch } from '../faults.ts';
import { healthzResponse, readyzResponse, type Health } from '../health.ts';
import type { HistoryThread } from '../history/thread.ts';
import type { Neighbours } from '../neighbours.ts';
import type { LiveState } from '../live-state.ts';
import type { Intake } from '../intake.ts';
import type { Journal } from '../journal.ts';
import type { Live } from '../live.ts';
import type { Sightings } from '../live/sightings.ts';
import type { Metrics } from '../metrics.ts';
import type { Commands } from '../commands.ts';
import type { HallContent } from '../content/hall-content.ts';
import type { Sources } from '../sources.ts';
import { STAFF } from '../../hall/audience.ts';
import type { Access } from './access.ts';
import { createApi } from './api.ts';
import { serveContent } from './content.ts';
import { createHostCheck } from './host.ts';
import type { Gate } from './gate.ts';
import { createPages, LIGHT, type Pages } from './pages.ts';
import { NOT_READY, NOT_STAFF, problemResponse, ProblemError } from './problem.ts';
import { createRouter, type Exchange, type Route, type Router } from './router.ts';
import { Shared } from './shared.ts';
import type { Standby } from '../standby.ts';
import { FOLLOW_PATH } from '../standby/handshake.ts';
import { mqttProtocol, refuseUpgrade, upgradeWebSocket } from './upgrade.ts';
import type { OnError } from '../log.ts';

/** What the gateway is made of, which HTTP answers about. */
export interface Parts {
  readonly journal: Journal;
  readonly liveState: LiveState;
  readonly sightings: Sightings;
  readonly live: Live;
  readonly history: HistoryThread;
  readonly facts: Facts;
  readonly intake: Intake;
  /** of a pair only */
  readonly standby: Standby;
  readonly commands: Commands;
  readonly sources: Sources;
  readonly faults: FaultWatch;
  readonly neighbours: Neighbours;
}

export interface DoorOptions {
  readonly config: HallConfig;
  /** folder of the built pages, and their version */
  readonly pages: string;
  readonly version: string;
  readonly gate: Gate;
  readonly access: Access;
  /** Addresses of both gateways' pages, without a path; none where a gateway stands alone. */
  readonly gateways: readonly string[];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly content: HallContent;
  readonly parts: () => Partial<Parts>;
  readonly health: () => Health;
  readonly isStopping: () => boolean;
  readonly onError: OnError;
}

const ELSEWHERE = {
  status: 404,
  title: 'No broker here',
  detail: 'mqtt: this gateway uses an external broker, devices should connect there',
  name: 'external-broker',
};

const STANDBY = {
  status: 409,
  title: 'This is the standby',
  detail: 'this gateway does not lead, the other one should be asked',
  name: 'standby',
};

const NO_TICKET = {
  status: 401,
  title: 'Not let in',
  detail: 'ticket: is none of the last 5 s, should be asked for with the key of the pair',
  name: 'peer-ticket',
};

const NO_PEER = {
  status: 404,
  title: 'No pair',
  detail: 'this gateway stands alone: it was started without --peer',
  name: 'peer',
};

/** What one WebSocket message holds: a leader's journal in pieces, some MQTT packets. */
const PEER_BYTES_MAX = 64 * 1024 * 1024;
const MQTT_BYTES_MAX = 2 * 1024 * 1024;

export function createDoor(options: DoorOptions): Router {
  const { config, metrics, onError, health, access, version } = options;
  const pages = createPages({ config, folder: options.pages, version, access });
  const routes: Route[] = [
    ...pages.routes,
    ...watchedRoutes(health, metrics),
    {
      method: 'GET',
      path: '/content/:hash',
      audience: 'public',
      weight: LIGHT,
      handle: (exchange) => serveContent(options.content.store, exchange),
    },
    {
      method: 'GET',
      path: '/live',
      audience: 'public',
      handle: (exchange) => upgradeLive(options, exchange),
    },
    {
      method: 'GET',
      path: '/mqtt',
      audience: 'device',
      handle: (exchange) => upgradeMqtt(options, exchange),
    },
    {
      method: 'GET',
      path: FOLLOW_PATH,
      audience: 'peer',
      handle: (exchange) => upgradePeer(options, exchange),
    },
    {
      method: 'POST',
      path: FOLLOW_PATH,
      audience: 'peer',
      handle: (exchange) => answerPeer(options, exchange),
    },
    ...apiRoutes(options, pages),
  ];
  return createRouter({
    gate: options.gate,
    knowsHost: createHostCheck([
      ...config.http.hosts,
      ...options.gateways.map((address) => new URL(address).hostname),
    ]),
    connect: options.gateways,
    routes,
    notFound: pages.notFound,
    guard: (exchange, route) => refuseStranger(access, pages, exchange, route),
    onError,
    observe: (...figures) => metrics.observeRequest(...figures),
  });
}

/** For programs that watch over the gateway. */
function watchedRoutes(health: () => Health, metrics: Metrics): Route[] {
  const metricsText = new Shared(
    () => metrics.text(),
    () => false,
  );
  return [
    {
      method: 'GET',
      path: '/healthz',
      audience: 'public',
      weight: LIGHT,
      handle: () => healthzResponse(health()),
    },
    {
      method: 'GET',
      path: '/readyz',
      audience: 'public',
      weight: LIGHT,
      handle: () => readyzResponse(health()),
    },
    {
      method: 'GET',
      path: '/metrics',
      audience: ['viewer', 'manager', 'facility', 'admin'],
      weight: 2,
      handle: async () => metricsResponse(await metricsText.get(), metrics.contentType),
    },
  ];
}

/** Whether an address that nobody has would be one of staff is not told either. */
function refuseStranger(
  access: Access,
  pages: Pages,
  exchange: Exchange,
  route: Route | undefined,
): Response | Promise<Response> | undefined {
  const { request, address, url } = exchange;
  if (access(route?.audience ?? STAFF, request, address)) return undefined;
  if (url.pathname.startsWith('/api/')) return problemResponse(NOT_STAFF);
  return pages.forbidden(exchange);
}

function apiRoutes(
  { config, clock, parts, version, gateways, access, content }: DoorOptions,
  pages: Pages,
): readonly Route[] {
  const part = <K extends keyof Parts>(name: K): Parts[K] => {
    const found = parts()[name];
    if (found === undefined) throw new ProblemError(NOT_READY);
    return found as Parts[K];
  };
  const moment = () => {
    const { hall } = part('liveState');
    const { config: present } = effectiveHall(config, hall);
    return [hall, present, clock.now(), part('faults').gatewayStatus] as const;
  };
  return createApi({
    config,
    version,
    clock,
    journal: () => part('journal'),
    liveState: () => part('liveState'),
    sightings: () => part('sightings'),
    pages: (exchange) => pages.list(exchange),
    access: (audience, { request, address }) => access(audience, request, address),
    gateways,
    content,
    cut: (view) => cutView(view, ...moment()),
    cutting: () => cutting(...moment()),
    faults: () => part('faults').faults,
    facts: () => part('facts'),
    charts: (query, points) => part('facts').charts(query, points),
    query: (query, signal) => part('history').query(query, signal),
    behind: () => part('history').behind(),
    setAside: (before, limit) => part('history').setAside(before, limit),
    commands: () => part('commands'),
    leads: () => parts().standby?.leads ?? true,
    sources: () => part('sources'),
    take(topic, payload, receivedAt) {
      // What a standby wrote by itself would not be the leader's.
      if (parts().standby?.leads === false) throw new ProblemError(STANDBY);
      return part('intake').take(topic, payload, receivedAt);
    },
  });
}

function metricsResponse(text: string, type: string): Response {
  return new Response(text, {
    headers: { 'content-type': type, 'cache-control': 'no-store' },
  });
}

function upgradeLive({ parts, isStopping }: DoorOptions, exchange: Exchange): Response {
  const { request, url, address } = exchange;
  const refusal = refuseUpgrade(request, url);
  if (refusal !== undefined) return refusal;
  const { live } = parts();
  if (live === undefined || isStopping()) return problemResponse(NOT_READY);
  return live.upgrade(request, address);
}

function upgradePeer({ parts, isStopping }: DoorOptions, exchange: Exchange): Response {
  const { request, url } = exchange;
  const { standby, journal } = parts();
  if (standby === undefined) return problemResponse(journal === undefined ? NOT_READY : NO_PEER);
  const refusal = refuseUpgrade(request, url);
  if (refusal !== undefined) return refusal;
  if (isStopping()) return problemResponse(NOT_READY);
  const admitted = standby.lead.admit(url.searchParams.get('ticket') ?? '');
  if (admitted === undefined) return problemResponse(NO_TICKET);
  const { socket, response } = upgradeWebSocket(request, {
    limits: { messageBytesMax: PEER_BYTES_MAX, bytesPerSecond: Infinity },
  });
  standby.lead.serve(socket, admitted);
  return response;
}

/** The other gateway of a pair proves that it knows the key before it gets a WebSocket. */
function answerPeer({ parts, isStopping }: DoorOptions, { request, address }: Exchange) {
  const { standby, journal } = parts();
  if (standby === undefined) return problemResponse(journal === undefined ? NOT_READY : NO_PEER);
  if (isStopping()) return problemResponse(NOT_READY);
  return standby.lead.answer(request, address);
}

function upgradeMqtt({ parts, isStopping }: DoorOptions, exchange: Exchange): Response {
  const { request, url, address } = exchange;
  const refusal = refuseUpgrade(request, url);
  if (refusal !== undefined) return refusal;
  const { intake } = parts();
  if (intake === undefined || isStopping()) return problemResponse(NOT_READY);
  if (intake.handleWebSocket === undefined) return problemResponse(ELSEWHERE);
  const protocol = mqttProtocol(request);
  if (typeof protocol !== 'string') return protocol;
  const { socket, response } = upgradeWebSocket(request, {
    protocol,
    // MQTT has its own keep-alive.
    limits: { messageBytesMax: MQTT_BYTES_MAX, idleMs: 0 },
  });
  intake.handleWebSocket(socket, address);
  return response;
}
