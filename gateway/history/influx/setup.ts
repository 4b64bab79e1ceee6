// Makes ready what is to be written to, where it is missing and we may: the database with its retention on 1.x, the
// bucket and its InfluxQL name on 2.x, the database on 3.x. Facts outlive raw points: they have a retention policy of their
// own, which on 2.x is a bucket and on 3.x a database, named DATABASE/POLICY as InfluxData's own migration names them. Where
// we may not, it says what an administrator should do.
import { name, text } from './query.ts';
import type { InfluxServer, Version } from './server.ts';
import { localized } from '../../start/language.mjs';
import { InfluxTrouble, LinesRefused, StatementRefused } from './trouble.ts';

export interface Ready {
  readonly version: Version;
  /** path and parameters that lines are written to */
  readonly writePath: string;
  /** nothing of this hall is in it */
  readonly empty: boolean;
}

export interface Wanted {
  readonly hall: string;
  /** points are kept so long; 0 = for ever */
  readonly retentionDays: number;
  readonly measurements: readonly string[];
}

/** The retention policies that we make and change; one of another name is an administrator's and stays as it is. */
const POLICY = 'hallcast';
export const FACTS_POLICY = 'hallcast_facts';
/** Facts of ten years are few: in 1.x's usual parts of a week they would be over 500 files that are open all the time. */
const FACTS_SHARD = '90d';
const DAY_S = 86_400;

/** Throws InfluxTrouble where it cannot be written to yet. */
export async function makeReady(server: InfluxServer, wanted: Wanted): Promise<Ready> {
  const version = await server.version();
  switch (version.major) {
    case 1:
      return ready1(server, version, wanted);
    case 2:
      return ready2(server, version, wanted);
    case 3:
      return ready3(server, version, wanted);
  }
}

async function ready1(server: InfluxServer, version: Version, wanted: Wanted): Promise<Ready> {
  const { database } = server.asked;
  const { policy } = server;
  const there = await keepPolicy(server, wanted.retentionDays);
  const empty = there ? await isEmpty(server, wanted) : 'missing';
  if (empty === 'missing') await make1(server, wanted);
  const parameters =
    version.writes === '/write'
      ? new URLSearchParams({ db: database, ...(policy && { rp: policy }), precision: 'ns' })
      : new URLSearchParams({ bucket: bucketOf(server), precision: 'ns' });
  const writePath = `${version.writes}?${parameters.toString()}`;
  return { version, writePath, empty: empty !== false };
}

/** Of the facts, one beside the database's or bucket's own. */
function bucketOf({ asked, policy }: InfluxServer): string {
  return policy === undefined ? asked.database : `${asked.database}/${policy}`;
}

/** False where the database, or the facts' policy, is missing; its retention is otherwise as wanted, if it is ours. */
async function keepPolicy(server: InfluxServer, days: number): Promise<boolean> {
  const { database } = server.asked;
  let policies;
  try {
    policies = await server.select(`SHOW RETENTION POLICIES ON ${name(database)}`);
  } catch (error) {
    // Who may only write may not look either: the write will tell.
    if (error instanceof InfluxTrouble && error.status === 403) return true;
    if (error instanceof StatementRefused && /not authorized/i.test(error.message)) return true;
    if (error instanceof StatementRefused && /not found/i.test(error.message)) return false;
    if (error instanceof InfluxTrouble && error.missing) return false;
    throw error;
  }
  const [series] = policies;
  const { policy = POLICY } = server;
  const row = series?.values?.find((cells) => cells[0] === policy);
  const duration = String(row?.[series?.columns.indexOf('duration') ?? -1] ?? '');
  if (row === undefined) return server.policy === undefined;
  if (hoursOf(duration) === days * 24) return true;
  const statement = `ALTER RETENTION POLICY ${name(policy)} ON ${name(database)} DURATION ${span(days)}`;
  // Kept longer or shorter than wanted is no reason not to write.
  await server.manage(statement).catch(() => {});
  return true;
}

/** A write found no database, though nobody was let to look for it before. Throws InfluxTrouble that says what to do. */
export async function makeMissing(
  server: InfluxServer,
  { major }: Version,
  wanted: Wanted,
): Promise<void> {
  if (major === 1) await make1(server, wanted);
}

async function make1(server: InfluxServer, { retentionDays }: Wanted): Promise<void> {
  const { asked, policy } = server;
  const { where } = asked;
  const database = name(asked.database);
  const duration = `DURATION ${span(retentionDays)}`;
  const [what, statement, grant] =
    policy === undefined
      ? [
          { zh: `数据库 ${database}`, en: `database ${database}` },
          `CREATE DATABASE ${database} WITH ${duration} NAME ${name(POLICY)}`,
          `; GRANT ALL ON ${database} TO this user`,
        ]
      : [
          {
            zh: `事实记录的保留策略 ${name(policy)}`,
            en: `retention policy ${name(policy)} for facts`,
          },
          `CREATE RETENTION POLICY ${name(policy)} ON ${database} ${duration} REPLICATION 1 SHARD DURATION ${FACTS_SHARD}`,
          '',
        ];
  try {
    await server.manage(statement);
  } catch (error) {
    if (error instanceof InfluxTrouble && error.status !== 403) throw error;
    // The journal's feed makes the database, with a retention that is the journal's.
    if (error instanceof StatementRefused && /not found/i.test(error.message)) {
      throw new InfluxTrouble(
        localized(
          `InfluxDB（${where}）没有数据库 ${database}`,
          `InfluxDB at ${where} has no database ${database}`,
        ),
        { missing: true },
      );
    }
    throw new InfluxTrouble(
      localized(
        `InfluxDB（${where}）没有${what.zh}，也不允许此用户创建：请管理员执行：${statement}${grant}`,
        `InfluxDB at ${where} has no ${what.en} and does not let this user make it: ` +
          `an administrator should run: ${statement}${grant}`,
      ),
      { status: 403 },
    );
  }
}

/** 1.x and 2.x: the index knows without reading points. Who may not look is taken to be right about where it was. */
async function isEmpty(
  server: InfluxServer,
  { hall, measurements }: Wanted,
): Promise<boolean | 'missing'> {
  try {
    const from = measurements.map(name).join(', ');
    const where = `WHERE "hall" = ${text(hall)}`;
    const show = `SHOW TAG VALUES FROM ${from} WITH KEY = "hall" ${where} LIMIT 1`;
    const found = await server.select(show);
    return !found.some(({ values = [] }) => values.length > 0);
  } catch (error) {
    if (error instanceof InfluxTrouble && error.missing) return 'missing';
    if (error instanceof InfluxTrouble && error.status !== 403) throw error;
    return error instanceof StatementRefused && /not found/i.test(error.message)
      ? 'missing'
      : false;
  }
}

interface Buckets {
  readonly buckets?: readonly {
    readonly id: string;
    readonly name: string;
    readonly orgID: string;
  }[];
}

/** A token sees its own organisation, so that nobody has to name it. */
async function ready2(server: InfluxServer, version: Version, wanted: Wanted): Promise<Ready> {
  const name = bucketOf(server);
  const found = await look<Buckets>(server, `/api/v2/buckets?name=${encodeURIComponent(name)}`);
  const buckets = Array.isArray(found?.buckets) ? found.buckets : [];
  const there = buckets.find((bucket) => bucket?.name === name);
  const { id, orgID } = there ?? (await makeBucket(server, wanted));
  await nameForInfluxQL(server, id, orgID);
  const parameters = new URLSearchParams({ bucket: name, orgID, precision: 'ns' });
  const writePath = `/api/v2/write?${parameters.toString()}`;
  // Without its InfluxQL name nobody can look into it, which does not make it empty.
  const empty = there === undefined || (await isEmpty(server, wanted)) === true;
  return { version, writePath, empty };
}

async function makeBucket(
  server: InfluxServer,
  { retentionDays }: Wanted,
): Promise<{ id: string; orgID: string }> {
  const { where } = server.asked;
  const bucket = bucketOf(server);
  const orgs = await look<{ orgs?: { id: string }[] }>(server, '/api/v2/orgs');
  const orgID = orgs?.orgs?.[0]?.id;
  const rules = [{ type: 'expire', everySeconds: retentionDays * DAY_S }];
  const body = { orgID, name: bucket, retentionRules: retentionDays === 0 ? [] : rules };
  try {
    if (orgID !== undefined) {
      const made = (await post(server, '/api/v2/buckets', body)) as { id?: string } | undefined;
      if (made?.id !== undefined) return { id: made.id, orgID };
    }
  } catch (error) {
    if (error instanceof InfluxTrouble && ![401, 403, 404].includes(error.status ?? 0)) throw error;
  }
  throw new InfluxTrouble(
    localized(
      `InfluxDB（${where}）没有向此令牌显示存储桶 "${bucket}"，也不允许它创建：请管理员创建该存储桶，并授予此令牌读写权限`,
      `InfluxDB at ${where} shows this token no bucket "${bucket}" and does not let it make one: ` +
        `an administrator should make the bucket and give the token read and write rights on it`,
    ),
    { status: 403 },
  );
}

interface Mapping {
  readonly retention_policy?: string;
  readonly default?: boolean;
}

interface Mappings {
  readonly content?: readonly Mapping[];
}

/** InfluxQL finds a bucket by database and policy; newer servers name every bucket by themselves. */
async function nameForInfluxQL(
  server: InfluxServer,
  bucketID: string,
  orgID: string,
): Promise<void> {
  const { database } = server.asked;
  const query = new URLSearchParams({ orgID, db: database });
  const found = await look<Mappings>(server, `/api/v2/dbrps?${query.toString()}`);
  const content = Array.isArray(found?.content) ? found.content : [];
  const { policy } = server;
  const isThere = (each: Mapping): boolean =>
    policy === undefined ? each?.default !== false : each?.retention_policy === policy;
  if (content.some(isThere)) return;
  const names = { retention_policy: policy ?? 'autogen', default: policy === undefined };
  const mapping = { bucketID, database, ...names, orgID };
  await post(server, '/api/v2/dbrps', mapping).catch((error: unknown) => {
    // Without the right to make it reading may still work, and writing does.
    if (error instanceof InfluxTrouble && error.away) throw error;
  });
}

async function ready3(server: InfluxServer, version: Version, wanted: Wanted): Promise<Ready> {
  const database = bucketOf(server);
  const days = wanted.retentionDays;
  const body = { db: database, ...(days > 0 && { retention_period: `${days}d` }) };
  let made = false;
  try {
    await post(server, '/api/v3/configure/database', body);
    made = true;
  } catch (error) {
    // It is there (409), or the token may not make one; the first write makes it as well.
    if (error instanceof InfluxTrouble && error.away) throw error;
  }
  const parameters = new URLSearchParams({ bucket: database, precision: 'ns' });
  return { version, writePath: `/api/v2/write?${parameters.toString()}`, empty: made };
}

/** Nothing where it is not there or not shown. */
async function look<T>(server: InfluxServer, path: string): Promise<T | undefined> {
  try {
    return (await server.request(path, { method: 'GET' })) as T;
  } catch (error) {
    if (error instanceof InfluxTrouble && [403, 404].includes(error.status ?? 0)) return undefined;
    if (error instanceof LinesRefused) return undefined;
    throw error;
  }
}

function post(server: InfluxServer, path: string, body: object): Promise<unknown> {
  const type = 'application/json';
  return server.request(path, { method: 'POST', body: JSON.stringify(body), type });
}

function span(days: number): string {
  return days === 0 ? 'INF' : `${days}d`;
}

/** `9600h0m0s`; 0 = for ever. */
function hoursOf(duration: string): number {
  return Number(/^(\d+)h/.exec(duration)?.[1] ?? (duration === '0s' ? 0 : Number.NaN));
}
