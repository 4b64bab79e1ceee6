// A real InfluxDB 1.x for tests: Debian's influxd in a temporary folder, on a free port of 127.0.0.1.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface Influx {
  /** http://127.0.0.1:PORT, the same over every start */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  output(): string;
  /** Asks in InfluxQL; the rows of all series, times in ms. Throws with InfluxDB's words. */
  ask(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Writes line protocol as some other program would. */
  write(database: string, lines: string): Promise<void>;
  /** SIGTERM, then waits */
  stop(): Promise<void>;
  /** SIGKILL */
  kill(): Promise<void>;
  /** SIGSTOP: connections are taken by the system, and nobody answers; SIGCONT */
  pause(): void;
  resume(): void;
  /** after stop or kill: on the same folder and port; resolves when it answers */
  startAgain(): Promise<void>;
  /** a file that takes what room the disk has left, as far as `sizeMb` of a full one allows; the way out */
  fillDisk(): Promise<() => Promise<void>>;
  /** stops and removes everything */
  end(): Promise<void>;
}

export interface InfluxOptions {
  /** asks for a password; the first user is made with these words: `{ user, password }` */
  readonly auth?: { readonly user: string; readonly password: string };
  /** the folder is a disk of its own of this size, MiB (a tmpfs: takes root) */
  readonly diskMb?: number;
}

const run = promisify(execFile);
const START_MS_MAX = 60_000;
const LOOK_MS = 20;
const program = '/usr/bin/influxd';

/** Starts it; resolves when it answers. Throws with what it printed where it does not. */
export async function startInflux(options: InfluxOptions = {}): Promise<Influx> {
  const folder = await mkdtemp(join(tmpdir(), 'hallcast-influx-'));
  const disk = join(folder, 'disk');
  await mkdir(disk);
  if (options.diskMb !== undefined) {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${options.diskMb}m`, 'tmpfs', disk]);
  }
  const server = new Server(folder, disk, options);
  try {
    await server.begin();
    if (options.auth !== undefined) await server.makeAdmin(options.auth);
    return server;
  } catch (error) {
    await server.end();
    throw error;
  }
}

class Server implements Influx {
  readonly folder: string;
  readonly #disk: string;
  readonly #options: InfluxOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #printed = '';
  #authorization: string | undefined;
  port = 0;

  constructor(folder: string, disk: string, options: InfluxOptions) {
    this.folder = folder;
    this.#disk = disk;
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  output(): string {
    return this.#printed;
  }

  async begin(): Promise<void> {
    const config = join(this.folder, 'influxdb.conf');
    await writeFile(config, configText(this.#disk, this.port, this.#options.auth !== undefined));
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/proxy|^INFLUX/i.test(name)),
    );
    const child = spawn(program, ['-config', config], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#printed = '';
    child.stdout.on('data', (chunk) => this.#keep(String(chunk)));
    child.stderr.on('data', (chunk) => this.#keep(String(chunk)));
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    this.#child = child;
    const deadline = performance.now() + START_MS_MAX;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`influxd does not answer: ${this.#printed.slice(-4_000)}`);
      }
      await pause(LOOK_MS);
    }
  }

  async makeAdmin({ user, password }: { user: string; password: string }): Promise<void> {
    await this.ask(`CREATE USER "${user}" WITH PASSWORD '${password}' WITH ALL PRIVILEGES`);
    this.#authorization = `Basic ${btoa(`${user}:${password}`)}`;
  }

  async ask(text: string, database = ''): Promise<Record<string, unknown>[]> {
    const response = await fetch(`${this.url}/query?epoch=ms&db=${encodeURIComponent(database)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...this.#headers },
      body: new URLSearchParams({ q: text }),
    });
    const answer = (await response.json()) as Answer;
    const error = answer.error ?? answer.results?.find((result) => result.error)?.error;
    if (error !== undefined) throw new Error(`${text}: ${error}`);
    const series = (answer.results ?? []).flatMap((result) => result.series ?? []);
    return series.flatMap(({ columns, values = [], tags = {} }) =>
      values.map((row) => ({
        ...tags,
        ...Object.fromEntries(columns.map((name, index) => [name, row[index]])),
      })),
    );
  }

  async write(database: string, lines: string): Promise<void> {
    const response = await fetch(`${this.url}/write?db=${encodeURIComponent(database)}`, {
      method: 'POST',
      headers: this.#headers,
      body: lines,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`write: ${response.status} ${text}`);
  }

  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended;
  }

  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  startAgain(): Promise<void> {
    return this.begin();
  }

  async fillDisk(): Promise<() => Promise<void>> {
    if (this.#options.diskMb === undefined) throw new Error('diskMb: should be given');
    const ballast = join(this.#disk, 'ballast');
    // dd ends with an error when the disk is full: that is the aim.
    await run('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']).catch(() => {});
    return () => rm(ballast);
  }

  async end(): Promise<void> {
    await this.kill();
    if (this.#options.diskMb !== undefined) await run('umount', [this.#disk]).catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }

  /** By its number: Deno's ChildProcess takes one signal only. */
  #signal(name: NodeJS.Signals): void {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(child.pid, name);
  }

  get #headers(): Record<string, string> {
    return this.#authorization === undefined ? {} : { authorization: this.#authorization };
  }

  #keep(text: string): void {
    this.#printed = (this.#printed + text).slice(-100_000);
  }

  async #answers(): Promise<boolean> {
    if (this.port === 0) {
      // It says which port it got: only the HTTP service's line has both.
      this.port = Number(
        /Listening on HTTP.*addr=127\.0\.0\.1:(\d+)/.exec(this.#printed)?.[1] ?? 0,
      );
      if (this.port === 0) return false;
    }
    try {
      const response = await fetch(`${this.url}/ping`);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }
}

interface Answer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly tags?: Record<string, string>;
      readonly columns: readonly string[];
      readonly values?: readonly unknown[][];
    }[];
  }[];
}

function configText(disk: string, port: number, auth: boolean): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "${disk}/meta"
  logging-enabled = false
[data]
  dir = "${disk}/data"
  wal-dir = "${disk}/wal"
  query-log-enabled = false
[coordinator]
[retention]
[shard-precreation]
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${auth}
  log-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
`;
}
