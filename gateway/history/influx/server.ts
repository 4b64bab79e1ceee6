// One InfluxDB over HTTP, whichever version: who it is, questions in InfluxQL, lines to write. The client library carries
// the requests; each has a time limit of its own, as its fetch transport knows none.
import { gzipSync } from 'node:zlib';
import { InfluxDB, type Transport } from '@influxdata/influxdb-client';
import { Cancelled, HistoryQueryError } from '../../history.ts';
import { isObject, isQueryAnswer, parsed, seriesOf, shortened } from './answer.ts';
import type { Series } from './query.ts';
import {
  InfluxTrouble,
  LinesRefused,
  notInflux,
  StatementRefused,
  troubleOf,
  type Asked,
} from './trouble.ts';

export interface InfluxAddress {
  /** http or https; may hold user and password */
  readonly url: string;
  /** `user:password` for 1.x, a token for 2.x and 3.x */
  readonly token?: string | undefined;
  /** PEM of the authority that its certificate is from, where that is not a public one */
  readonly ca?: string | undefined;
  readonly database: string;
}

/** Which of the three kinds it is, and how it likes to be written to. */
export interface Version {
  readonly text: string;
  readonly major: 1 | 2 | 3;
  readonly writes: '/write' | '/api/v2/write';
}

interface Request {
  readonly method?: string;
  readonly body?: string;
  readonly type?: string;
  readonly gzip?: boolean;
  /** a question, which may take long though the server is well */
  readonly asks?: boolean;
  readonly timeoutMs?: number;
  /** aborted once nobody waits for the answer */
  readonly signal?: AbortSignal | undefined;
}

const PING_MS = 2_000;
/** The library parses by what was asked for; 1.x says JSON of answers that are empty. */
const ANY_AS_TEXT = '*/*, text/plain;q=0.9';
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const GZIP_BYTES_MIN = 1_000;
/** All versions say so that lines are written; anything else comes from something else. */
const NO_CONTENT = 204;

export class InfluxServer {
  readonly asked: Asked;
  readonly #origin: string;
  readonly #token: string | undefined;
  readonly #gzip: boolean;
  readonly #client: Deno.HttpClient | undefined;
  readonly #running = new Set<AbortController>();
  #transport: Transport;
  #away: string | undefined;
  #looking: Promise<unknown> | undefined;

  constructor({ url, token, ca, database }: InfluxAddress, timeoutMs: number) {
    this.#client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
    const { protocol, host, hostname, pathname, username, password } = new URL(url);
    this.#origin = `${protocol}//${host}${pathname}`;
    const inUrl = `${decoded(username)}:${decoded(password)}`;
    this.#token = token ?? (inUrl === ':' ? undefined : inUrl);
    this.asked = { where: host, database, timeoutMs, hasToken: this.#token !== undefined };
    // On this machine the bytes cost nothing and packing them does: 0.4 µs a point here, as much again over there.
    this.#gzip = !/^(localhost|127\..*|\[::1\])$/.test(hostname);
    this.#transport = this.#connect(this.#token?.includes(':') === true ? 'Basic' : 'Token');
  }

  /** Why no request is answered at present; undefined where the last one was. */
  get away(): string | undefined {
    return this.#away;
  }

  /** Asks who it is. Throws InfluxTrouble. */
  async version(): Promise<Version> {
    try {
      return await this.#ping();
    } catch (error) {
      // 3.x asks for the token here as well, and takes it at its own addresses as `Bearer` only.
      if (this.#token === undefined || this.#token.includes(':') || !isRefusal(error)) throw error;
      this.#transport = this.#connect('Bearer');
      return await this.#ping();
    }
  }

  /** Looks, without anybody waiting for it, whether it is there again. */
  look(): void {
    this.#looking ??= this.#ping()
      .catch(() => {})
      .finally(() => (this.#looking = undefined));
  }

  /** Writes lines. Throws LinesRefused, TooLarge or InfluxTrouble. */
  async write(path: string, lines: string): Promise<void> {
    const request = { method: 'POST', body: lines, type: 'text/plain', gzip: this.#gzip };
    const { text, status } = await this.#short(path, request);
    if (status !== NO_CONTENT) throw this.#stranger(`${status} ${text}`);
  }

  /**
   * The series that answer a SELECT or SHOW. Throws StatementRefused, HistoryQueryError, InfluxTrouble, or Cancelled once
   * `signal` is aborted: the request is then ended.
   */
  async select(statement: string, signal?: AbortSignal): Promise<readonly Series[]> {
    const text = await this.#read(this.#queryPath(statement), { signal });
    return this.#seriesOf(text);
  }

  /** Runs a statement that changes something. Throws StatementRefused or InfluxTrouble. */
  async manage(statement: string): Promise<readonly Series[]> {
    const body = new URLSearchParams({ q: statement }).toString();
    const type = 'application/x-www-form-urlencoded';
    const answer = await this.#read(this.#queryPath(), { method: 'POST', body, type });
    return this.#seriesOf(answer);
  }

  /** Any request; the object that its answer's JSON is, undefined of an empty one. Throws as `write` does. */
  async request(path: string, request: Request): Promise<object | undefined> {
    const { text, status } = await this.#short(path, request);
    if (text === '') return undefined;
    const answer = parsed(text);
    if (!isObject(answer)) throw this.#stranger(`${status} ${text}`);
    return answer;
  }

  /** Ends what is still on its way. */
  abort(): void {
    for (const controller of this.#running) controller.abort();
  }

  close(): void {
    this.abort();
    this.#client?.close();
  }

  #connect(scheme: 'Basic' | 'Token' | 'Bearer'): Transport {
    const secret = scheme === 'Basic' ? base64(this.#token ?? '') : this.#token;
    const { transport } = new InfluxDB({
      url: this.#origin,
      // A redirected write would arrive as a GET, and the password elsewhere.
      transportOptions: { redirect: 'manual', client: this.#client },
      ...(secret !== undefined && { headers: { authorization: `${scheme} ${secret}` } }),
    });
    const requestDecorator = (
      request: RequestInit,
      { gzipThreshold }: { gzipThreshold?: number },
    ) => {
      const { body } = request;
      if (typeof body !== 'string' || gzipThreshold === undefined) return;
      if (body.length < gzipThreshold) return;
      // The lightest level makes a quarter of it; the next ones save little and cost twice.
      request.body = gzipSync(body, { level: 1 });
      request.headers = {
        ...(request.headers as Record<string, string>),
        'content-encoding': 'gzip',
      };
    };
    const { fetch } = transport as unknown as Fetching;
    const short: Fetching['fetch'] = async (path, ...rest) => {
      const response = await fetch.call(transport, path, ...rest);
      const asks = path.startsWith('/query') && response.ok;
      return asks ? response : shortened(response);
    };
    return Object.assign(transport, { requestDecorator, fetch: short });
  }

  async #ping(): Promise<Version> {
    const { text, status, headers } = await this.#short('/ping', { timeoutMs: PING_MS });
    const answer = parsed(text);
    const inBody = isObject(answer) ? answer['version'] : undefined;
    const version = headers['x-influxdb-version'] ?? inBody;
    // The cloud tells none, and nothing else either.
    if (version === undefined && text !== '') throw this.#stranger(`${status} ${text}`);
    return versionOf(String(version ?? ''));
  }

  /** An answer that should be short. */
  async #short(path: string, request: Request): Promise<Short> {
    let [status, headers]: [number, Headers] = [0, {}];
    const seen = (found: Headers, code?: number): void => {
      headers = found;
      status = code ?? 0;
    };
    const text: unknown = await this.#limited(request, (options) =>
      this.#transport.request(path, request.body ?? '', options, seen),
    );
    return { text: String(text ?? ''), status, headers };
  }

  #seriesOf(text: string): readonly Series[] {
    const answer = parsed(text === '' ? '{"results":[]}' : text);
    if (!isQueryAnswer(answer)) throw this.#stranger(text);
    return seriesOf(answer);
  }

  /** No other question would be answered either. */
  #stranger(answer: string): InfluxTrouble {
    const trouble = notInflux(this.asked, answer);
    this.#away = trouble.message;
    return trouble;
  }

  #queryPath(statement?: string): string {
    const words = new URLSearchParams({ db: this.asked.database, epoch: 'ms' });
    if (statement !== undefined) words.set('q', statement);
    return `/query?${words.toString()}`;
  }

  /** An answer's text, up to a limit. */
  async #read(path: string, request: Request): Promise<string> {
    try {
      return await this.#limited({ ...request, asks: true }, async (options) => {
        const decoder = new TextDecoder();
        let text = '';
        for await (const part of this.#transport.iterate(path, request.body ?? '', options)) {
          text += decoder.decode(part, { stream: true });
          if (text.length > ANSWER_BYTES_MAX) {
            throw new HistoryQueryError(
              'answer: is too long, ask for a shorter range, longer bins or fewer groups',
            );
          }
        }
        return text;
      });
    } catch (error) {
      if (error instanceof LinesRefused) throw new StatementRefused(error.message);
      throw error;
    }
  }

  #troubled(error: unknown, timeoutMs: number, asks = false): Error {
    const trouble = troubleOf(error, { ...this.asked, timeoutMs });
    // A question without an answer says little about the server: a look does.
    if (asks && trouble instanceof InfluxTrouble && trouble.late) this.look();
    else
      this.#away = trouble instanceof InfluxTrouble && trouble.away ? trouble.message : undefined;
    return trouble;
  }

  async #limited<T>(
    { method = 'GET', type, gzip, asks, signal, timeoutMs = this.asked.timeoutMs }: Request,
    send: (options: SendOptions) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const unfollow = follow(signal, controller);
    const timer = setTimeout(() => controller.abort(), timeoutMs);
    this.#running.add(controller);
    try {
      const answer = await send({
        method,
        signal: controller.signal,
        headers: { accept: ANY_AS_TEXT, ...(type !== undefined && { 'content-type': type }) },
        ...(gzip === true && { gzipThreshold: GZIP_BYTES_MIN }),
      });
      this.#away = undefined;
      return answer;
    } catch (error) {
      if (error instanceof HistoryQueryError) throw error;
      if (signal?.aborted === true) throw new Cancelled();
      throw this.#troubled(error, timeoutMs, asks);
    } finally {
      unfollow();
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }
}

/** Aborts the controller with the signal; returns what ends that. */
function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  const abort = (): void => controller.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}

type Headers = Record<string, string | string[] | undefined>;
type SendOptions = Parameters<Transport['request']>[2];

/** `1.6.7~rc0`, `v2.7.11`, `3.4.1`; the cloud tells none and is 2.x by its addresses. */
export function versionOf(text: string): Version {
  const [, major = '2', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) >= 3) return { text, major: 3, writes: '/api/v2/write' };
  if (Number(major) === 2) return { text: text || '2.x', major: 2, writes: '/api/v2/write' };
  return { text, major: 1, writes: Number(minor) >= 8 ? '/api/v2/write' : '/write' };
}

interface Short {
  readonly text: string;
  readonly status: number;
  readonly headers: Headers;
}

/** Of the library's transport: it knows no limit for what it reads whole. */
interface Fetching {
  fetch(path: string, body: unknown, options: SendOptions): Promise<Response>;
}

function isRefusal(error: unknown): boolean {
  return error instanceof InfluxTrouble && (error.status === 401 || error.status === 403);
}

/** `%40` is `@` in a URL; what is no such code stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
