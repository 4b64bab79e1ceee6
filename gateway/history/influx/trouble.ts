// What can go wrong between the gateway and an InfluxDB, told apart by what helps: another try later, an administrator,
// or leaving a line out. Texts name no password, no token and nothing of the URL but host and port.
import { HttpError } from '@influxdata/influxdb-client';
import { localized } from '../../start/language.mjs';

/** Nothing is lost, everything waits: the database is away, full, busy, or does not let us in. */
export class InfluxTrouble extends Error {
  override name = 'InfluxTrouble';
  /** no other question would be answered now either */
  readonly away: boolean;
  /** there was no answer in time */
  readonly late: boolean;
  /** the server asks to be left alone so long, ms */
  readonly retryAfterMs: number | undefined;
  /** the database is not there (any more) */
  readonly missing: boolean;
  /** the HTTP status, where there was one */
  readonly status: number | undefined;

  constructor(
    message: string,
    options: {
      away?: boolean;
      late?: boolean;
      retryAfterMs?: number | undefined;
      missing?: boolean;
      status?: number;
    } = {},
  ) {
    super(message);
    this.status = options.status;
    this.away = options.away ?? false;
    this.late = options.late ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.missing = options.missing ?? false;
  }
}

/** The server takes some of these lines never. */
export class LinesRefused extends Error {
  override name = 'LinesRefused';
  /** of a partial write: how many it left out */
  readonly dropped: number | undefined;

  constructor(reason: string) {
    super(reason);
    const dropped = Number(/dropped=(\d+)/.exec(reason)?.[1] ?? 0);
    this.dropped = dropped > 0 ? dropped : undefined;
  }
}

/** The request is larger than the server, or what stands before it, takes. */
export class TooLarge extends Error {
  override name = 'TooLarge';
}

/** The server does not understand or allow the statement; its own words. */
export class StatementRefused extends Error {
  override name = 'StatementRefused';
}

export interface Asked {
  /** host and port, for people */
  readonly where: string;
  readonly database: string;
  readonly timeoutMs: number;
  readonly hasToken: boolean;
}

const RETRY_AFTER_MS_MAX = 300_000;
/** Limits of the server, not faults of the line: an administrator can lift them, so that waiting loses nothing. */
const SERVER_LIMIT = /max-series-per-database|max-values-per-tag|limit exceeded|quota/i;

/** A page of a proxy or a portal, whatever its words. */
const PAGE = /^\s*</;
const SHOWN_CHARS = 100;

/** Something answers there, and in no way that an InfluxDB does. */
export function notInflux({ where }: Asked, answer: string): InfluxTrouble {
  const shown = answer.replace(/\s+/g, ' ').trim().slice(0, SHOWN_CHARS);
  const what = localized(
    `${where} 的应答不是 InfluxDB 的应答`,
    `InfluxDB at ${where} answers something that is not InfluxDB`,
  );
  const text = shown === '' ? what : localized(`${what}：${shown}`, `${what}: ${shown}`);
  return new InfluxTrouble(text, { away: true });
}

/** What a failed request means. */
export function troubleOf(error: unknown, asked: Asked): Error {
  const { where } = asked;
  if (error instanceof InfluxTrouble) return error;
  if (!(error instanceof HttpError)) return unanswered(error, asked);
  const reason = reasonOf(error);
  switch (error.statusCode) {
    case 400:
    case 422:
      if (PAGE.test(reason)) return notInflux(asked, `${error.statusCode} ${reason}`);
      if (!SERVER_LIMIT.test(reason)) return new LinesRefused(reason);
      return new InfluxTrouble(
        localized(
          `InfluxDB（${where}）不再接收数据：${reason}`,
          `InfluxDB at ${where} takes no more: ${reason}`,
        ),
      );
    case 401:
      return new InfluxTrouble(refusal(asked, reason), { status: 401 });
    case 403:
      return new InfluxTrouble(
        localized(
          `InfluxDB（${where}）不允许此用户这样做（${reason}）：请管理员授予它对 "${asked.database}" 的读写权限`,
          `InfluxDB at ${where} does not allow this user to do it (${reason}): ` +
            `an administrator should give it read and write rights on "${asked.database}"`,
        ),
        { status: 403 },
      );
    case 404:
      return new InfluxTrouble(
        localized(
          `InfluxDB（${where}）没有 "${asked.database}"：${reason}`,
          `InfluxDB at ${where} has no "${asked.database}": ${reason}`,
        ),
        { missing: true, status: 404 },
      );
    case 413:
      return new TooLarge(reason);
    default: {
      // 1.x goes on refusing after there is room: its write-ahead log keeps the error until it is started again.
      const full = /no space left/i.test(reason)
        ? localized(
            '，它的磁盘已满，请清理空间后重新启动它',
            ': its disk is full, make room there and start it again',
          )
        : '';
      // 1.x says 500 of it; a database that is missing is a 404.
      const missing = /retention policy not found/i.test(reason);
      const asks = error.statusCode === 429 || error.statusCode === 503;
      return new InfluxTrouble(
        localized(
          `InfluxDB（${where}）应答 ${error.statusCode}${full}：${reason}`,
          `InfluxDB at ${where} answers ${error.statusCode}${full}: ${reason}`,
        ),
        {
          away: error.statusCode >= 500 && full === '' && !missing,
          missing,
          status: error.statusCode,
          ...(asks && { retryAfterMs: retryAfter(error) }),
        },
      );
    }
  }
}

/** No answer at all. */
function unanswered(error: unknown, { where, timeoutMs }: Asked): InfluxTrouble {
  const { name } = error instanceof Error ? error : { name: '' };
  if (name === 'AbortError' || name === 'TimeoutError') {
    const late = localized(
      `InfluxDB（${where}）在 ${timeoutMs / 1000} 秒内没有应答`,
      `InfluxDB at ${where} does not answer within ${timeoutMs / 1000} s`,
    );
    return new InfluxTrouble(late, { away: true, late: true });
  }
  const why = networkReason(error);
  const away = localized(
    `无法连接 InfluxDB（${where}）：${why}`,
    `InfluxDB at ${where} cannot be reached: ${why}`,
  );
  return new InfluxTrouble(away, { away: true });
}

function refusal({ where, hasToken }: Asked, reason: string): string {
  const should = localized(
    '：InfluxDB 1.x 应为 user:password，2.x 和 3.x 应为令牌',
    'should be user:password for InfluxDB 1.x, a token for 2.x and 3.x',
  );
  return hasToken
    ? localized(
        `InfluxDB（${where}）不接受密码或令牌（${reason}）。HALLCAST_INFLUX_TOKEN${should}`,
        `InfluxDB at ${where} refuses the password or token (${reason}): HALLCAST_INFLUX_TOKEN ${should}`,
      )
    : localized(
        `InfluxDB（${where}）要求密码或令牌（${reason}）。没有设置 HALLCAST_INFLUX_TOKEN${should}`,
        `InfluxDB at ${where} asks for a password or token (${reason}): HALLCAST_INFLUX_TOKEN is missing, ${should}`,
      );
}

/** The server's own words, whichever version wrote them; one line, not longer than a log line should be. */
export function reasonOf({ body, statusMessage }: HttpError): string {
  const text = body ?? '';
  let words = text;
  try {
    const { error, message, data } = JSON.parse(text) as Record<string, unknown>;
    words = [error, message].find((each) => typeof each === 'string' && each !== '') as string;
    const [first] = Array.isArray(data) ? (data as { error_message?: unknown }[]) : [];
    if (typeof first?.error_message === 'string') words += `: ${first.error_message}`;
  } catch {
    // Not JSON: a proxy's page, or plain words.
  }
  const line = String(
    words || statusMessage || localized('没有说明原因', 'without a reason'),
  ).replace(/\s+/g, ' ');
  return line.trim().slice(0, 500);
}

/** The library hands the header's seconds through, as they are. */
function retryAfter(error: HttpError): number | undefined {
  const after = error.canRetry() ? error.retryAfter() * 1000 : 0;
  return after > 0 ? Math.min(after, RETRY_AFTER_MS_MAX) : undefined;
}

/** What the system said; never the message itself, as it holds the whole URL. */
function networkReason(error: unknown): string {
  let text = '';
  for (let each = error; each instanceof Error; each = each.cause) text += ` ${each.message}`;
  const known =
    /connection refused|connection reset|connection closed|broken pipe|no route to host|network is unreachable|dns error|name or service not known|certificate[^:]*|timed out|incomplete message|requires net access/i;
  return known.exec(text)?.[0].toLowerCase() ?? localized('连接失败', 'the connection failed');
}
