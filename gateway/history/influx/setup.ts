// Makes ready what is to be written to, where it is missing and we may: the database with its retention on 1.x, the
// bucket and its InfluxQL name on 2.x, the database on 3.x. Where we may not, it says what an administrator should do.
import { name, text } from './query.ts';
import type { InfluxServer, Version } from './server.ts';
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
  /** raw points are kept so long; 0 = for ever */
  readonly retentionDays: number;
}

/** The retention policy that we make and change; one of another name is an administrator's and stays as it is. */
const POLICY = 'hallcast';
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
  const there = await keepPolicy(server, wanted.retentionDays);
  const empty = there ? await isEmpty(server, wanted.hall) : 'missing';
  if (empty === 'missing') await make1(server, wanted);
  const parameters =
    version.writes === '/write'
      ? new URLSearchParams({ db: database, precision: 'ns' })
      : new URLSearchParams({ bucket: database, precision: 'ns' });
  const writePath = `${version.writes}?${parameters.toString()}`;
  return { version, writePath, empty: empty !== false };
}

/** False where the database is missing; its retention is then as wanted, if it is ours. */
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
  const row = series?.values?.find((cells) => cells[0] === POLICY);
  const duration = String(row?.[series?.columns.indexOf('duration') ?? -1] ?? '');
  if (row === undefined || hoursOf(duration) === days * 24) return true;
  const statement = `ALTER RETENTION POLICY ${name(POLICY)} ON ${name(database)} DURATION ${span(days)}`;
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
  const { database, where } = server.asked;
  const statement = `CREATE DATABASE ${name(database)} WITH DURATION ${span(retentionDays)} NAME ${name(POLICY)}`;
  try {
    await server.manage(statement);
  } catch (error) {
    if (error instanceof InfluxTrouble && error.status !== 403) throw error;
    throw new InfluxTrouble(
      `InfluxDB at ${where} has no database "${database}" and does not let this user make it: ` +
        `an administrator should run: ${statement}; GRANT ALL ON ${name(database)} TO this user`,
      { status: 403 },
    );
  }
}

/** 1.x and 2.x: the index knows without reading points. Who may not look is taken to be right about where it was. */
async function isEmpty(server: InfluxServer, hall: string): Promise<boolean | 'missing'> {
  try {
    const where = `WHERE "hall" = ${text(hall)}`;
    const found = await server.select(`SHOW TAG VALUES WITH KEY = "hall" ${where} LIMIT 1`);
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
  const { database } = server.asked;
  const found = await look<Buckets>(server, `/api/v2/buckets?name=${encodeURIComponent(database)}`);
  const buckets = Array.isArray(found?.buckets) ? found.buckets : [];
  const there = buckets.find((bucket) => bucket?.name === database);
  const { id, orgID } = there ?? (await makeBucket(server, wanted));
  await nameForInfluxQL(server, id, orgID);
  const parameters = new URLSearchParams({ bucket: database, orgID, precision: 'ns' });
  const writePath = `/api/v2/write?${parameters.toString()}`;
  // Without its InfluxQL name nobody can look into it, which does not make it empty.
  const empty = there === undefined || (await isEmpty(server, wanted.hall)) === true;
  return { version, writePath, empty };
}

async function makeBucket(
  server: InfluxServer,
  { retentionDays }: Wanted,
): Promise<{ id: string; orgID: string }> {
  const { database, where } = server.asked;
  const orgs = await look<{ orgs?: { id: string }[] }>(server, '/api/v2/orgs');
  const orgID = orgs?.orgs?.[0]?.id;
  const rules = [{ type: 'expire', everySeconds: retentionDays * DAY_S }];
  const body = { orgID, name: database, retentionRules: retentionDays === 0 ? [] : rules };
  try {
    if (orgID !== undefined) {
      const made = (await post(server, '/api/v2/buckets', body)) as { id?: string } | undefined;
      if (made?.id !== undefined) return { id: made.id, orgID };
    }
  } catch (error) {
    if (error instanceof InfluxTrouble && ![401, 403, 404].includes(error.status ?? 0)) throw error;
  }
  throw new InfluxTrouble(
    `InfluxDB at ${where} shows this token no bucket "${database}" and does not let it make one: ` +
      `an administrator should make the bucket and give the token read and write rights on it`,
    { status: 403 },
  );
}

/** InfluxQL finds a bucket by database and policy; newer servers do it for every bucket by themselves. */
async function nameForInfluxQL(
  server: InfluxServer,
  bucketID: string,
  orgID: string,
): Promise<void> {
  const { database } = server.asked;
  const query = new URLSearchParams({ orgID, db: database });
  const found = await look<{ content?: unknown[] }>(server, `/api/v2/dbrps?${query.toString()}`);
  if ((found?.content?.length ?? 0) > 0) return;
  const mapping = { bucketID, database, retention_policy: 'autogen', default: true, orgID };
  await post(server, '/api/v2/dbrps', mapping).catch((error: unknown) => {
    // Without the right to make it reading may still work, and writing does.
    if (error instanceof InfluxTrouble && error.away) throw error;
  });
}

async function ready3(server: InfluxServer, version: Version, wanted: Wanted): Promise<Ready> {
  const { database } = server.asked;
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
