// The history on an InfluxDB, 1.x to 3.x: written in line protocol, read in InfluxQL, with a cursor on the journal that
// is kept here, so that nothing is lost while the database is away.
import { FACT_MEASUREMENTS } from '../../hall/fact/point.ts';
import { MEASUREMENTS, type Point } from '../../hall/point.ts';
import {
  checkQuery,
  HistoryQueryError,
  ROWS_MAX,
  StartOver,
  type Appended,
  type Cancel,
  type Gone,
  type History,
  type HistoryQuery,
  type HistoryRow,
  type SetAside,
} from '../history.ts';
import { calendarBin, calendarEdges, evenBins } from './calendar.ts';
import { Cursor, factsTarget, type Mark } from './influx/cursor.ts';
import { toLine } from './influx/line.ts';
import { endInfluxQL, name, tagConditions, text, toInfluxQL, toRows } from './influx/query.ts';
import { InfluxServer, type InfluxAddress } from './influx/server.ts';
import { FACTS_POLICY, makeMissing, makeReady, type Ready, type Wanted } from './influx/setup.ts';
import { localized } from '../start/language.mjs';
import { InfluxTrouble, LinesRefused, StatementRefused, TooLarge } from './influx/trouble.ts';
import { lostAfter, markOf } from './influx/verify.ts';
import { ofBytes, writeLines, type Line, type Refused } from './influx/write.ts';

export interface InfluxOptions extends InfluxAddress {
  /** SQLite file of the cursor; made when missing */
  readonly file: string;
  readonly hall: string;
  /** the hall's, for bins of the calendar */
  readonly timezone: string;
  /** a request that takes longer is given up and made again */
  readonly timeoutMs: number;
  /** how often it is looked whether what was confirmed is still there */
  readonly verifyMs: number;
  /** a request has at most about so many bytes of lines */
  readonly batchBytes: number;
  /** points are kept so long; 0 = for ever */
  readonly retentionDays: number;
  /** it has the facts instead of the journal: a cursor and a retention policy of their own */
  readonly facts?: boolean;
  readonly now: () => number;
}

/** Points that the server leaves out as they are older than it keeps are no news, and there may be millions. */
const EXPIRED = /beyond retention policy/i;
const CLOSE_MS = 1_500;
const DAY_MS = 86_400_000;

/** Opens the cursor; the database is looked for with the first use. Throws SQLite's error where the file is damaged. */
export function openInfluxHistory(options: InfluxOptions): History {
  return new InfluxHistory(options);
}

class InfluxHistory implements History {
  readonly #options: InfluxOptions;
  readonly #server: InfluxServer;
  readonly #cursor: Cursor;
  readonly #measurements: readonly string[];
  #ready: Promise<Ready> | undefined;
  #verified = 0;
  #verifying: Promise<void> | undefined;
  /** Ends with the newest batch: batches end in the order in which they began, whichever arrives first. */
  #newest: Promise<unknown> = Promise.resolve();
  /** The cursor went back, and who feeds this does not know it yet. */
  #wentBack = false;

  constructor(options: InfluxOptions) {
    const { file, url, database, timeoutMs, hall, facts = false } = options;
    this.#options = options;
    const policy = facts ? FACTS_POLICY : undefined;
    this.#server = new InfluxServer({ ...options, policy }, timeoutMs);
    this.#measurements = facts ? FACT_MEASUREMENTS : MEASUREMENTS;
    const { host, pathname } = new URL(url);
    const target = `${host}${pathname} ${database} ${hall}`;
    this.#cursor = new Cursor(file, facts ? factsTarget(target) : target);
  }

  async append(
    points: readonly Point[],
    through: number,
    gone: readonly Gone[] = [],
  ): Promise<Appended> {
    const before = this.#newest;
    const batch = (async () => {
      this.#expectInStep();
      const refused = await this.#write(points, gone);
      await before;
      this.#expectInStep();
      const mark = markOf(points, refused, through);
      this.#cursor.advance(through, this.#asideOf(points, refused), mark);
      return refused;
    })();
    this.#newest = batch;
    try {
      const rejected = (await batch).map(({ line, reason }) => ({
        ...{ point: points[line.index] as Point, reason },
      }));
      return { written: points.length - rejected.length, rejected };
    } catch (error) {
      // Those that began behind it fail with it; the next ones begin anew.
      if (this.#newest === batch) this.#newest = Promise.resolve();
      throw error;
    }
  }

  async through(): Promise<number> {
    this.#wentBack = false;
    return this.#cursor.through;
  }

  async prepare(): Promise<void> {
    this.#ready = undefined;
    await this.#prepared();
  }

  async query(query: HistoryQuery, cancel?: Cancel): Promise<readonly HistoryRow[]> {
    checkQuery(query);
    if (Object.values(query.where ?? {}).includes('')) return [];
    this.#failFast();
    try {
      await this.#prepared();
      const rows: HistoryRow[] = [];
      for (const part of await this.#evenly(query, cancel)) {
        cancel?.check();
        const statement = toInfluxQL(this.#options.hall, part);
        const series = await this.#server.select(statement, cancel?.signal);
        rows.push(...toRows(part, series, ROWS_MAX - rows.length));
      }
      return rows;
    } catch (error) {
      throw asQueryError(error);
    }
  }

  /** The query in parts of which each has bins of one length, as InfluxQL knows no calendar. */
  async #evenly(query: HistoryQuery, cancel?: Cancel): Promise<readonly HistoryQuery[]> {
    const { calendar, ...rest } = query;
    if (calendar === undefined) return [query];
    const { timezone, hall } = this.#options;
    // Somebody may ask for all time: bins are looked at where there are points.
    const ends: number[] = [];
    for (const end of ['first', 'last'] as const) {
      const [series] = await this.#server.select(endInfluxQL(hall, query, end), cancel?.signal);
      const time = series?.values?.[0]?.[series.columns.indexOf('time')];
      if (typeof time !== 'number') return [];
      ends.push(time);
    }
    const [first = 0, last = 0] = ends;
    const from = Math.max(query.from, calendarBin(timezone, calendar, first)[0]);
    const to = Math.min(query.to, calendarBin(timezone, calendar, last)[1]);
    const edges = calendarEdges(timezone, calendar, [from, to]);
    if (edges === undefined) {
      throw new HistoryQueryError(`calendar: makes over ${ROWS_MAX} bins, should make fewer`);
    }
    return evenBins(edges).map((bins) => ({ ...rest, ...bins }));
  }

  async prune(before: number): Promise<number> {
    const { version } = await this.#prepared();
    const where = `${tagConditions({ hall: this.#options.hall }).join(' AND ')} AND time < ${before}ms`;
    // Where the server lets points go by itself there are none left; a DELETE of nothing would still read everything.
    let total = 0;
    for (const measurement of this.#measurements) {
      const [series] = await this.#server.select(
        `SELECT count("entry"::field) AS n FROM ${name(measurement)} WHERE ${where}`,
      );
      const n = Number(series?.values?.[0]?.[series.columns.indexOf('n')] ?? 0);
      // 3.x cannot delete by InfluxQL: its own retention does it.
      if (n === 0 || version.major === 3) continue;
      const own = `"hall" = ${text(this.#options.hall)} AND time < ${before}ms`;
      await this.#server.manage(`DELETE FROM ${name(measurement)} WHERE ${own}`);
      total += n;
    }
    return total;
  }

  async setAside(before: number, limit: number): Promise<readonly SetAside[]> {
    return this.#cursor.setAside(before, limit);
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => this.#server.abort(), CLOSE_MS);
    await this.#newest.catch(() => {});
    clearTimeout(timer);
    this.#server.close();
    this.#cursor.close();
  }

  /** A server that deletes nothing (3.x) keeps what it has. */
  async #delete(gone: readonly Gone[]): Promise<void> {
    for (const { measurement, fromNs, toNs } of gone) {
      const until = toNs === undefined ? '' : ` AND time <= ${toNs}`;
      const own = `"hall" = ${text(this.#options.hall)} AND time >= ${fromNs}${until}`;
      try {
        await this.#server.manage(`DELETE FROM ${name(measurement)} WHERE ${own}`);
      } catch (error) {
        if (!(error instanceof StatementRefused)) throw error;
      }
      const isGone = (mark: Mark): boolean =>
        mark.measurement === measurement &&
        mark.timestampNs >= fromNs &&
        mark.timestampNs <= (toNs ?? mark.timestampNs);
      this.#cursor.forget(this.#cursor.marks().filter(isGone));
    }
  }

  async #write(points: readonly Point[], gone: readonly Gone[]): Promise<Refused[]> {
    const refused: Refused[] = [];
    const lines: Line[] = [];
    for (const [index, point] of points.entries()) {
      const { measurement } = point;
      try {
        lines.push({ text: toLine(point), measurement, index });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        refused.push({ line: { text: '', measurement, index }, reason });
      }
    }
    if (lines.length + gone.length === 0) return refused;
    const { writePath, version } = await this.#prepared();
    if (performance.now() - this.#verified > this.#options.verifyMs) await this.#verify();
    try {
      await this.#delete(gone);
      for (const some of ofBytes(lines, this.#options.batchBytes)) {
        const send = (body: string): Promise<void> => this.#server.write(writePath, body);
        refused.push(...(await writeLines(some, send)));
      }
    } catch (error) {
      // It may have gone: the next attempt looks again, and makes it where it may.
      if (error instanceof InfluxTrouble && (error.missing || error.away)) this.#ready = undefined;
      if (error instanceof InfluxTrouble && error.missing) {
        await makeMissing(this.#server, version, this.#wanted);
      }
      const { where } = this.#server.asked;
      if (error instanceof LinesRefused) {
        throw new InfluxTrouble(
          localized(
            `InfluxDB（${where}）拒收所有数据行：${error.message}`,
            `InfluxDB at ${where} refuses every line: ${error.message}`,
          ),
        );
      }
      if (error instanceof TooLarge) {
        const { batchBytes } = this.#options;
        throw new InfluxTrouble(
          localized(
            `InfluxDB（${where}）或其前面的代理连一行数据也不接收，应能接收 ${batchBytes} 字节：413 ${error.message}`,
            `InfluxDB at ${where}, or what stands before it, takes not even one line, should take ${batchBytes} bytes: 413 ${error.message}`,
          ),
        );
      }
      throw error;
    }
    return refused;
  }

  #prepared(): Promise<Ready> {
    return (this.#ready ??= this.#makeReady().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
  }

  async #makeReady(): Promise<Ready> {
    const ready = await makeReady(this.#server, this.#wanted);
    // Another server behind the same name, or a database that was dropped: the journal has it all.
    if (ready.empty) this.#rewind(0);
    else await this.#verify();
    return ready;
  }

  get #wanted(): Wanted {
    const { hall, retentionDays } = this.#options;
    return { hall, retentionDays, measurements: this.#measurements };
  }

  #verify(): Promise<void> {
    return (this.#verifying ??= this.#lookForLoss().finally(() => (this.#verifying = undefined)));
  }

  async #lookForLoss(): Promise<void> {
    const { retentionDays, now } = this.#options;
    const expired = retentionDays === 0 ? 0 : now() - (retentionDays - 1) * DAY_MS;
    const after = await lostAfter(this.#server, this.#cursor, expired);
    if (after !== undefined) this.#rewind(after);
    this.#verified = performance.now();
  }

  #rewind(through: number): void {
    if (this.#cursor.through <= through) return;
    this.#cursor.rewind(through);
    this.#wentBack = true;
  }

  /** A batch from further on would leave a gap. */
  #expectInStep(): void {
    if (!this.#wentBack) return;
    const from = this.#cursor.through + 1;
    const [zh, en] = this.#options.facts === true ? ['版本', 'version'] : ['记录', 'entry'];
    throw new StartOver(
      localized(
        `数据库丢失了它确认过的数据：从${zh} ${from} 起重新写入`,
        `the database has not what it confirmed: written again from ${en} ${from}`,
      ),
    );
  }

  #asideOf(points: readonly Point[], refused: readonly Refused[]) {
    const since = this.#options.now();
    return refused
      .filter(({ reason }) => !EXPIRED.test(reason))
      .map(({ line, reason }) => {
        const point = points[line.index];
        const seq = Number(point?.fields['entry'] ?? point?.fields['visit'] ?? 0);
        const shown = { ...point, timestampNs: String(point?.timestampNs) };
        return { seq, line: line.text || JSON.stringify(shown), reason, since };
      });
  }

  /** While it is away nobody waits for it; that it is there again is found out beside. */
  #failFast(): void {
    const { away } = this.#server;
    if (away === undefined) return;
    this.#server.look();
    throw new InfluxTrouble(away, { away: true });
  }
}

/** What the server does not understand is the query's fault, what it does not allow is not. */
function asQueryError(error: unknown): unknown {
  if (!(error instanceof StatementRefused)) return error;
  if (/not authorized|database not found|timeout|max-/i.test(error.message)) {
    return new InfluxTrouble(`InfluxDB: ${error.message}`);
  }
  return new HistoryQueryError(`query: ${error.message}`);
}
