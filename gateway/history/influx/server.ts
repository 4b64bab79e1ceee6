// One InfluxDB over HTTP, whichever version: who it is, questions in InfluxQL, lines to write. The requests are plain fetch: the
// client library's transport has no time limit on Deno and reads an answer of any length whole.
import { gzipSync } from 'node:zlib';
import { HttpError } from '@influxdata/influxdb-client';
import { Cancelled, HistoryQueryError } from '../../history.ts';
import { isObject, isQueryAnswer, parsed, seriesOf, SHORT_CHARS_MAX, textOf } from './answer.ts';
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
  /** the retention policy that is asked, where that is not the database's default one */
  readonly policy?: string | undefined;
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
  /** a question, which may take long though the server is well, and whose answer may be long */
  readonly asks?: boolean;
  readonly timeoutMs?: number;
  /** aborted once nobody waits for the answer */
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly text: string;
  readonly status: number;
  readonly headers: Headers;
}

const PING_MS = 2_000;
const ANSWER_CHARS_MAX = 32 * 1024 * 1024;
const GZIP_CHARS_MIN = 1_000;
/** InfluxDB confirms a write with 204; any other 2xx comes from something else. */
const NO_CONTENT = 204;

export class InfluxServer {
  readonly asked: Asked;
  readonly policy: string | undefined;
  readonly #origin: string;
  readonly #token: string | undefined;
  readonly #gzip: boolean;
  readonly #client: Deno.HttpClient | undefined;
  readonly #closing = new AbortController();
  #authorization: string | undefined;
  #away: string | undefined;
  #looking: Promise<unknown> | undefined;

  constructor({ url, token, ca, database, policy }: InfluxAddress, timeoutMs: number) {
    this.#client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
    const { protocol, host, hostname, pathname, username, password } = new URL(url);
    this.#origin = `${protocol}//${host}${pathname.replace(/(\/api\/v2)?\/?$/, '')}`;
    const inUrl = `${decoded(username)}:${decoded(password)}`;
    this.#token = token ?? (inUrl === ':' ? undefined : inUrl);
    this.asked = { where: host, database, timeoutMs, hasToken: this.#token !== undefined };
    this.policy = policy;
    // On this machine the bytes cost nothing and packing them does: 0.4 µs a point here, as much again over there.
    this.#gzip = !/^(localhost|127\..*|\[::1\])$/.test(hostname);
    if (this.#token !== undefined) {
      const isPassword = this.#token.includes(':');
      this.#authorization = isPassword ? `Basic ${base64(this.#token)}` : `Token ${this.#token}`;
    }
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
      this.#authorization = `Bearer ${this.#token}`;
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
    const { text, status } = await this.#send(path, request);
    if (status !== NO_CONTENT) throw this.#stranger(`${status} ${text}`);
  }

  /**
   * The series that answer a SELECT or SHOW. Throws StatementRefused, HistoryQueryError, InfluxTrouble, or Cancelled once
   * `signal` is aborted: the request is then ended.
   */
  async select(statement: string, signal?: AbortSignal): Promise<readonly Series[]> {
    return this.#ask(this.#queryPath(statement), { signal });
  }

  /** Runs a statement that changes something. Throws StatementRefused or InfluxTrouble. */
  async manage(statement: string): Promise<readonly Series[]> {
    const body = new URLSearchParams({ q: statement }).toString();
    const type = 'application/x-www-form-urlencoded';
    return this.#ask(this.#queryPath(), { method: 'POST', body, type });
  }

  /** Any request; the object that its answer's JSON is, undefined of an empty one. Throws as `write` does. */
  async request(path: string, request: Request): Promise<object | undefined> {
    const { text, status } = await this.#send(path, request);
    if (text === '') return undefined;
    const answer = parsed(text);
    if (!isObject(answer)) throw this.#stranger(`${status} ${text}`);
    return answer;
  }

  /** Ends what is still on its way, and everything that is asked later. */
  abort(): void {
    this.#closing.abort();
  }

  close(): void {
    this.abort();
    this.#client?.close();
  }

  async #ping(): Promise<Version> {
    const { text, status, headers } = await this.#send('/ping', { timeoutMs: PING_MS });
    const answer = parsed(text);
    const inBody = isObject(answer) ? answer['version'] : undefined;
    const version = headers.get('x-influxdb-version') ?? inBody;
    // The cloud tells none, and nothing else either.
    if (version === undefined && text !== '') throw this.#stranger(`${status} ${text}`);
    return versionOf(String(version ?? ''));
  }

  /** No other question would be answered either. */
  #stranger(answer: string): InfluxTrouble {
    const trouble = notInflux(this.asked, answer);
    this.#away = trouble.message;
    return trouble;
  }

  #queryPath(statement?: string): string {
    const words = new URLSearchParams({ db: this.asked.database, epoch: 'ms' });
    if (this.policy !== undefined) words.set('rp', this.policy);
    if (statement !== undefined) words.set('q', statement);
    return `/query?${words.toString()}`;
  }

  async #ask(path: string, request: Request): Promise<readonly Series[]> {
    try {
      const { text } = await this.#send(path, { ...request, asks: true });
      const answer = parsed(text === '' ? '{"results":[]}' : text);
      if (!isQueryAnswer(answer)) throw this.#stranger(text);
      return seriesOf(answer);
    } catch (error) {
      if (error instanceof LinesRefused) throw new StatementRefused(error.message);
      throw error;
    }
  }

  /** Throws what a failure means, see troubleOf. */
  async #send(path: string, request: Request): Promise<Answer> {
    const { asks = false, signal, timeoutMs = this.asked.timeoutMs } = request;
    const signals = [AbortSignal.timeout(timeoutMs), this.#closing.signal];
    try {
      const answer = await this.#fetch(
        path,
        request,
        AbortSignal.any(signal ? [...signals, signal] : signals),
      );
      this.#away = undefined;
      return answer;
    } catch (error) {
      if (error instanceof HistoryQueryError) throw error;
      if (signal?.aborted === true) throw new Cancelled();
      const trouble = troubleOf(error, { ...this.asked, timeoutMs });
      // A question without an answer says little about the server: a look does.
      if (asks && trouble instanceof InfluxTrouble && trouble.late) this.look();
      else {
        this.#away = trouble instanceof InfluxTrouble && trouble.away ? trouble.message : undefined;
      }
      throw trouble;
    }
  }

  async #fetch(path: string, request: Request, signal: AbortSignal): Promise<Answer> {
    const { method = 'GET', body = '', type, gzip = false, asks = false } = request;
    const headers = new Headers();
    if (this.#authorization !== undefined) headers.set('authorization', this.#authorization);
    if (type !== undefined) headers.set('content-type', type);
    const isPacked = gzip && body.length >= GZIP_CHARS_MIN;
    if (isPacked) headers.set('content-encoding', 'gzip');
    const response = await fetch(`${this.#origin}${path}`, {
      ...{ method, headers, signal },
      // The lightest level makes a quarter of it; the next ones save little and cost twice.
      ...(method !== 'GET' && { body: isPacked ? gzipSync(body, { level: 1 }) : body }),
      // A redirected write would arrive as a GET, and the password elsewhere.
      redirect: 'manual',
      ...(this.#client && { client: this.#client }),
    });
    const { ok, status, statusText } = response;
    const text = await textOf(response, asks && ok ? ANSWER_CHARS_MAX : SHORT_CHARS_MAX);
    if (!ok) {
      const reason = text || (response.headers.get('x-influxdb-error') ?? '');
      throw new HttpError(status, statusText, reason, response.headers.get('retry-after'));
    }
    if (asks && text.length >= ANSWER_CHARS_MAX) {
      throw new HistoryQueryError(
        'answer: is too long, ask for a shorter range, longer bins or fewer groups',
      );
    }
    return { text, status, headers: response.headers };
  }
}

/** `1.6.7~rc0`, `v2.7.11`, `3.4.1`; the cloud tells none and is 2.x by its addresses. */
export function versionOf(text: string): Version {
  const [, major = '2', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) >= 3) return { text, major: 3, writes: '/api/v2/write' };
  if (Number(major) === 2) return { text: text || '2.x', major: 2, writes: '/api/v2/write' };
  return { text, major: 1, writes: Number(minor) >= 8 ? '/api/v2/write' : '/write' };
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
