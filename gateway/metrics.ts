// The gateway's figures for Prometheus. Names are part of the outside contract (§4); counters that other parts keep are
// read when somebody asks, so that counting costs the hot path nothing.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { FAULT_KINDS, type Fault } from '../hall/fault.ts';
import type { Hall } from '../hall/state.ts';
import { values } from '../hall/table.ts';
import type { HistoryStats } from './history/thread.ts';
import type { Hub } from './hub.ts';
import type { IntakeCounts, Intake } from './intake.ts';
import type { WayStats } from './intake/way.ts';
import type { JournalStats } from './journal.ts';
import type { LiveStats } from './live.ts';
import type { Sources, SourceStats } from './sources.ts';
import type { StandbyStats } from './standby.ts';

export interface Metrics {
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
  observeCommit(seconds: number, signals: number): void;
  /** A page painted a call so long (s) after the device's `at`. */
  observePaint(seconds: number, view: string): void;
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  countError(stage: string): void;
  /** Reads figures of the parts when asked. */
  watch(parts: Watched): void;
  stop(): void;
}

/** Where figures come from; parts that are not there yet have none. */
export interface Watched {
  readonly intake: () => Pick<Intake, 'counts' | 'stats'> | undefined;
  readonly journal: () => Readonly<JournalStats>;
  readonly live: () => Readonly<LiveStats>;
  readonly history: () => Readonly<HistoryStats>;
  readonly hub: () => Pick<Hub, 'hall' | 'seq' | 'revision' | 'stats'>;
  readonly sources: () => Pick<Sources, 'stats' | 'discoveredStats'>;
  readonly faults: () => readonly Fault[];
  /** of a pair only */
  readonly standby: () => StandbyStats | undefined;
}

const DEVICE_STATES = ['online', 'degraded', 'offline', 'fault', 'maintenance', 'unknown'] as const;
const LAG_MS = 500;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const commit = new Histogram({
    name: 'hallcast_journal_commit_seconds',
    help: 'From the first signal of a group to the group on disk',
    buckets: [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const size = new Histogram({
    name: 'hallcast_journal_commit_signals',
    help: 'Signals per commit',
    buckets: [1, 2, 5, 10, 50, 100, 500, 1_000, 4_000],
    registers,
  });
  const paint = new Histogram({
    name: 'hallcast_call_paint_seconds',
    help: "From the device's time of a call to the frame in which a screen painted it",
    labelNames: ['view'],
    buckets: [0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30],
    registers,
  });
  const requests = new Histogram({
    name: 'hallcast_http_request_seconds',
    help: 'HTTP requests by route',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  });
  const errors = new Counter({
    name: 'hallcast_errors_total',
    help: 'Background failures that were logged, by stage',
    labelNames: ['stage'],
    registers,
  });
  const stopProcess = watchProcess(registry);
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    observeCommit(seconds, signals) {
      commit.observe(seconds);
      size.observe(signals);
    },
    observePaint: (seconds, view) => paint.observe({ view: view.split(':')[0] ?? view }, seconds),
    observeRequest: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    countError: (stage) => errors.inc({ stage: stage.split(' ')[0] ?? stage }),
    watch(parts) {
      watchIntake(registry, parts);
      watchSession(registry, parts);
      watchJournal(registry, parts);
      watchLive(registry, parts);
      watchHall(registry, parts);
      watchStandby(registry, parts);
      watchSources(registry, parts);
    },
    stop: stopProcess,
  };
}

/** A counter or gauge whose value is read when it is asked for. */
function read(
  kind: typeof Counter | typeof Gauge,
  registry: Registry,
  name: string,
  help: string,
  value: () => number,
): void {
  new kind({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}

/** The same with one label. */
function readBy(
  kind: typeof Counter | typeof Gauge,
  registry: Registry,
  { name, help, label }: { name: string; help: string; label: string },
  values: () => Readonly<Record<string, number>>,
): void {
  new kind({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [key, value] of Object.entries(values())) this.inc({ [label]: key }, value);
    },
  });
}

/** Conservation at rest: received = journaled + duplicate + rejected. */
function watchIntake(registry: Registry, { intake }: Watched): void {
  const count = (pick: (counts: IntakeCounts) => number) => () => {
    const counts = intake()?.counts;
    return counts === undefined ? 0 : pick(counts);
  };
  const counters: [string, string, (counts: IntakeCounts) => number][] = [
    ['received', 'Signals received', ({ received }) => received],
    ['journaled', 'Signals that are new and on disk', ({ journaled }) => journaled],
    ['duplicate', 'Signals whose id was there before', ({ duplicate }) => duplicate],
  ];
  for (const [name, help, pick] of counters) {
    read(Counter, registry, `hallcast_signals_${name}_total`, help, count(pick));
  }
  readBy(
    Counter,
    registry,
    {
      name: 'hallcast_signals_rejected_total',
      help: 'Signals refused and kept as dead letters, by reason',
      label: 'reason',
    },
    () => intake()?.counts.rejected ?? {},
  );
  const stat = (name: string, help: string, key: 'connections' | 'held') =>
    read(Gauge, registry, name, help, () => intake()?.stats[key] ?? 0);
  stat('hallcast_mqtt_connections', 'Connected MQTT clients', 'connections');
  stat('hallcast_mqtt_publishes_held', 'Publishes that wait for their commit', 'held');
  read(Counter, registry, 'hallcast_mqtt_slowed_total', 'Publishes made to wait by a limit', () => {
    return intake()?.stats.slowed ?? 0;
  });
  readBy(
    Counter,
    registry,
    {
      name: 'hallcast_mqtt_closed_total',
      help: 'MQTT connections refused or closed by a limit, by reason',
      label: 'reason',
    },
    () => intake()?.stats.closed ?? {},
  );
}

/** Nothing of these at the embedded broker. */
function watchSession(registry: Registry, { intake }: Watched): void {
  const session = () => intake()?.stats.session;
  read(Gauge, registry, 'hallcast_broker_connected', 'The session at the external broker', () => {
    return session()?.connected ?? 0;
  });
  const counters: [string, string, keyof NonNullable<WayStats['session']>][] = [
    ['reconnects', 'Times that the session was taken up again', 'reconnects'],
    ['taken', 'Times that another client took the session', 'taken'],
    ['sessions_lost', 'Times that the broker had forgotten the session', 'lost'],
    ['dropped', 'Messages that the broker says it threw away, for any client', 'dropped'],
    ['shortened', 'Messages too large to be read whole', 'shortened'],
  ];
  for (const [name, help, key] of counters) {
    read(Counter, registry, `hallcast_broker_${name}_total`, help, () => session()?.[key] ?? 0);
  }
}

function watchJournal(registry: Registry, { journal, history, hub }: Watched): void {
  const gauge = (name: string, help: string, value: () => number) =>
    read(Gauge, registry, name, help, value);
  const counter = (name: string, help: string, value: () => number) =>
    read(Counter, registry, name, help, value);
  gauge('hallcast_journal_pending', 'Signals waiting for their commit', () => journal().pending);
  gauge('hallcast_journal_seq', 'The newest entry that the state reflects', () => hub().seq);
  counter('hallcast_journal_commit_failures_total', 'Commits that the disk refused', () => {
    return journal().failedCommits;
  });
  gauge('hallcast_dead_letters', 'Dead letters kept', () => journal().deadLettersKept);
  counter(
    'hallcast_dead_letters_dropped_total',
    'Dead letters that went, as there were too many',
    () => {
      return journal().deadLettersDropped;
    },
  );
  gauge('hallcast_history_pending', 'Signals not yet in the history', () => history().pending);
  gauge(
    'hallcast_history_rollups_due',
    'Hours of measurements whose rollup waits to be gathered',
    () => history().rollupsDue,
  );
  counter('hallcast_history_written_total', 'Points written', () => history().written);
  counter('hallcast_history_rejected_total', 'Points refused', () => history().rejected);
}

function watchLive(registry: Registry, { live }: Watched): void {
  const counter = (name: string, help: string, key: keyof LiveStats) =>
    read(Counter, registry, name, help, () => live()[key]);
  read(Gauge, registry, 'hallcast_live_clients', 'Connected pages', () => live().clients);
  counter(
    'hallcast_live_resyncs_total',
    'Snapshots sent to pages that had missed something',
    'resyncs',
  );
  counter('hallcast_live_snapshots_total', 'Snapshots sent', 'snapshots');
  counter('hallcast_live_deltas_total', 'Deltas made, however many pages got them', 'deltas');
  counter('hallcast_live_refused_total', 'Pages refused by a limit', 'refused');
  counter('hallcast_live_slow_closed_total', 'Pages closed while they were too slow', 'closedSlow');
  counter(
    'hallcast_live_bad_messages_total',
    'Messages from pages that were refused',
    'badMessages',
  );
  counter('hallcast_view_errors_total', 'Views that could not be cut', 'cutErrors');
}

function watchStandby(registry: Registry, { standby }: Watched): void {
  const stat = (name: string, help: string, value: (stats: StandbyStats) => number, kind = Gauge) =>
    read(kind as typeof Gauge, registry, name, help, () => {
      const stats = standby();
      return stats === undefined ? 0 : value(stats);
    });
  read(
    Gauge,
    registry,
    'hallcast_leading',
    '1 while this gateway leads (alone it always does)',
    () => ((standby()?.role ?? 'leading') === 'leading' ? 1 : 0),
  );
  stat('hallcast_standby_attached', '1 while both have what is acknowledged', ({ attached }) =>
    attached ? 1 : 0,
  );
  stat('hallcast_standby_lag', 'Signals that the standby has not yet', ({ lag }) => lag ?? 0);
  const counter = (name: string, help: string, value: (stats: StandbyStats) => number) =>
    stat(name, help, value, Counter as unknown as typeof Gauge);
  counter('hallcast_takeovers_total', 'Times that this gateway began to lead', (s) => s.takeovers);
  counter('hallcast_standby_detached_total', 'Times that the standby was slow or gone', (s) => {
    return s.detached;
  });
  counter('hallcast_standby_handed_total', 'Signals that a former leader handed over', (s) => {
    return s.handed;
  });
}

function watchHall(registry: Registry, { hub, faults }: Watched): void {
  readBy(
    Gauge,
    registry,
    { name: 'hallcast_faults', help: 'Faults that stand, by kind', label: 'kind' },
    () => faultKinds(faults()),
  );
  readBy(
    Gauge,
    registry,
    { name: 'hallcast_device_state', help: 'Devices by state', label: 'state' },
    () => deviceStates(hub().hall),
  );
  readBy(
    Gauge,
    registry,
    {
      name: 'hallcast_day_signals',
      help: "What happened to the business day's signals",
      label: 'kind',
    },
    () => ({ ...hub().hall.counts }),
  );
  read(Counter, registry, 'hallcast_fold_errors_total', 'Entries that the state left out', () => {
    return hub().stats.foldErrors;
  });
  read(Counter, registry, 'hallcast_checkpoints_total', 'Checkpoints written', () => {
    return hub().stats.checkpoints;
  });
}

function faultKinds(faults: readonly Fault[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(FAULT_KINDS.map((name) => [name, 0]));
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Vendors' messages by source, and the devices that are not the hall's yet. */
function watchSources(registry: Registry, { sources }: Watched): void {
  const counters: [keyof SourceStats, string][] = [
    ['messages', "Vendors' messages read"],
    ['ignored', "Vendors' messages that told the hall nothing"],
    ['refused', "Vendors' messages that are dead letters, whole or in part"],
    ['signals', "Signals made of vendors' messages"],
  ];
  for (const [key, help] of counters) {
    const name = `hallcast_source_${key}_total`;
    readBy(Counter, registry, { name, help, label: 'source' }, () => {
      const stats = Object.entries(sources().stats);
      return Object.fromEntries(stats.map(([source, counts]) => [source, counts[key]]));
    });
  }
  read(
    Gauge,
    registry,
    'hallcast_discovered_devices',
    'Devices heard that are not of the hall',
    () => {
      return sources().discoveredStats.listed;
    },
  );
  read(
    Counter,
    registry,
    'hallcast_discovered_dropped_total',
    'Messages of devices that found no place among the discovered',
    () => {
      return sources().discoveredStats.dropped;
    },
  );
}

function deviceStates({ devices }: Hall): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(DEVICE_STATES.map((name) => [name, 0]));
  for (const { state } of values(devices)) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** prom-client's own process figures read what Deno does not let it see; these are what it does. */
function watchProcess(registry: Registry): () => void {
  const startedAt = Date.now() / 1000;
  const gauge = (name: string, help: string, value: () => number) =>
    read(Gauge, registry, name, help, value);
  gauge('process_start_time_seconds', 'Start of the process, Unix time', () => startedAt);
  gauge('process_resident_memory_bytes', 'Resident memory', () => Deno.memoryUsage().rss);
  gauge('process_heap_bytes', "The main thread's heap in use", () => Deno.memoryUsage().heapUsed);
  let worst = 0;
  let expected = performance.now() + LAG_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - expected);
    expected = now + LAG_MS;
  }, LAG_MS);
  const lag = 'How late the main thread was at worst since the last time somebody asked';
  gauge('hallcast_event_loop_lag_seconds', lag, () => {
    const seconds = Math.max(0, worst) / 1000;
    worst = 0;
    return seconds;
  });
  return () => clearInterval(timer);
}
