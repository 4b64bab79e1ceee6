// The one door for HTTP: finds the route, asks who is there, and puts the security headers on every answer.
import type { Audience } from '../../hall/audience.ts';
import type { Gate } from './gate.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { UPGRADED } from './upgraded.ts';
import type { OnError } from '../log.ts';

export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** the peer's IP address */
  readonly address: string;
  /** aborted once the answer has been taken, or nobody waits for it any more */
  readonly signal: AbortSignal;
  /** the values of `:name` and `*name` in the route's path, decoded */
  readonly params: Readonly<Record<string, string>>;
}

export type Handle = (exchange: Exchange) => Response | Promise<Response>;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `/screen/:id`; a last `*path` takes the rest */
  readonly path: string;
  readonly audience: Audience;
  readonly handle: Handle;
  /** what an answer costs, in answers of the usual kind; 1 where it is left out */
  readonly weight?: number;
}

export interface RouterOptions {
  /** What one address may ask. */
  readonly gate: Gate;
  readonly routes: readonly Route[];
  /** Addresses that pages may ask besides this gateway. */
  readonly connect?: readonly string[];
  /** Whether a request's host is this gateway. */
  readonly knowsHost: (url: URL) => boolean;
  /** What people get where no page is. */
  readonly notFound: Handle;
  /**
   * The one place that asks who is there, before anything else is told, also whether there is such an address: a response
   * refuses. `route` is absent where there is none.
   */
  readonly guard: (
    exchange: Exchange,
    route: Route | undefined,
  ) => Response | Promise<Response> | undefined;
  readonly onError: OnError;
  readonly observe: (route: string, method: string, status: number, seconds: number) => void;
}

/** @param over resolves when the answer has been taken, or given up */
export type Router = (
  request: Request,
  address: string,
  over: Promise<unknown>,
) => Promise<Response>;

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'];

export function createRouter(options: RouterOptions): Router {
  const table = options.routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return async (request, address, over) => {
    const began = performance.now();
    const host = request.headers.get('host') ?? '';
    const url = urlOf(request);
    if (url === undefined) return secured(badHost(), host);
    if (!options.knowsHost(url)) return secured(unknownHost(url), host);
    const found = table.flatMap(({ route, pattern }) => {
      const params = match(pattern, url.pathname);
      return params === undefined ? [] : [{ route, params }];
    });
    const weight = found[0]?.route.weight ?? 1;
    const signal = abortedAfter(over);
    const refusal = options.gate.enter(address, weight);
    if (refusal === undefined) void over.finally(() => options.gate.leave(address, weight));
    let response: Response;
    try {
      if (refusal !== undefined) throw new ProblemError(refusal);
      response = await answer(options, found, { request, url, address, signal, params: {} });
    } catch (error) {
      response = failed(error, url, options);
    }
    const path = found[0]?.route.path ?? 'none';
    const method = METHODS.includes(request.method) ? request.method : 'other';
    const isUpgraded = response === UPGRADED;
    const status = isUpgraded ? 101 : response.status;
    options.observe(path, method, status, (performance.now() - began) / 1000);
    return isUpgraded ? response : secured(response, host, options.connect);
  };
}

function abortedAfter(over: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void over.finally(() => controller.abort());
  return controller.signal;
}

interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

async function answer(
  { notFound, guard }: RouterOptions,
  found: readonly Found[],
  exchange: Exchange,
): Promise<Response> {
  const { request, url } = exchange;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const match = found.find(({ route }) => route.method === method);
  const nearest = match ?? found[0];
  const whole = { ...exchange, params: nearest?.params ?? {} };
  const refusal = await guard(whole, nearest?.route);
  if (refusal !== undefined) return refusal;
  if (found.length === 0) return refuse(404, url, 'no such address') ?? notFound(exchange);
  const allowed = [...new Set(found.map(({ route }) => route.method))].flatMap((method) =>
    method === 'GET' ? ['GET', 'HEAD'] : [method],
  );
  const allow = [...allowed, 'OPTIONS'].join(', ');
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } });
  if (match === undefined) {
    const detail = `method: is ${request.method}, should be one of ${allow}`;
    return problemResponse({ status: 405, title: 'Not allowed', detail, headers: { allow } });
  }
  if (method === 'POST' && !isSameOrigin(request, url)) {
    const detail = 'origin: is another site, should be a page of this gateway or no browser';
    return problemResponse({ status: 403, title: 'Forbidden', detail, name: 'origin' });
  }
  const response = await match.route.handle(whole);
  if (request.method !== 'HEAD') return response;
  await response.body?.cancel();
  return new Response(null, { status: response.status, headers: response.headers });
}

/** True where no browser says that another site's page asks. */
export function isSameOrigin(request: Request, url: URL): boolean {
  if (request.headers.get('sec-fetch-site') === 'cross-site') return false;
  const origin = request.headers.get('origin');
  if (origin === null) return true;
  const host = request.headers.get('host') ?? url.host;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function failed(error: unknown, url: URL, { onError }: RouterOptions): Response {
  if (error instanceof ProblemError) return problemResponse(error.problem);
  onError(error, { stage: 'http', about: url.pathname });
  const detail = 'the gateway could not answer; its log says why';
  return problemResponse({ status: 500, title: 'Internal error', detail });
}

/** Programs get problems, people pages. */
function refuse(status: number, url: URL, detail: string): Response | undefined {
  if (!url.pathname.startsWith('/api/')) return undefined;
  return problemResponse({ status, title: 'Not found', detail, name: 'not-found' });
}

/** Nothing where the Host header, which is a part of it, is none. */
function urlOf(request: Request): URL | undefined {
  try {
    return new URL(request.url);
  } catch {
    return undefined;
  }
}

/** Also for a target that makes no address. */
export function badHost(): Response {
  const detail = 'host: should be HOST or HOST:PORT';
  return problemResponse({ status: 400, title: 'Bad request', detail, name: 'host' });
}

/** RFC 9110 §15.5.20 */
function unknownHost({ hostname }: URL): Response {
  const detail =
    `host: is ${hostname}, should be this machine's address, a name without a dot, ` +
    'or a name under http.hosts in the hall file';
  return problemResponse({ status: 421, title: 'Misdirected request', detail, name: 'host' });
}

/** With the headers that keep a browser from doing anything that the pages do not. */
export function secured(
  response: Response,
  host: string,
  connect: readonly string[] = [],
): Response {
  const { headers } = response;
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  // A stored file that a browser may open by itself has a stricter policy of its own.
  if (!headers.has('content-security-policy')) {
    headers.set(
      'content-security-policy',
      `default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; media-src 'self'; ` +
        `connect-src ${[`'self'${sockets}`, ...connect].join(' ')}; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`,
    );
  }
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-resource-policy', 'same-origin');
  return response;
}

type Pattern = readonly string[];

function patternOf(path: string): Pattern {
  return path.split('/').slice(1);
}

function match(pattern: Pattern, path: string): Record<string, string> | undefined {
  const parts = path.split('/').slice(1);
  // `/screen/b1/` is `/screen/b1`
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const rest = pattern.at(-1)?.startsWith('*') === true;
  if (rest ? parts.length < pattern.length : parts.length !== pattern.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of pattern.entries()) {
    if (name.startsWith('*')) {
      const value = decode(parts.slice(index).join('/'));
      if (value === undefined) return undefined;
      params[name.slice(1)] = value;
      return params;
    }
    const part = parts[index] ?? '';
    if (!name.startsWith(':')) {
      if (name !== part) return undefined;
      continue;
    }
    const value = decode(part);
    if (value === undefined || value === '') return undefined;
    params[name.slice(1)] = value;
  }
  return params;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
