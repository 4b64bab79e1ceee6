// The parts of the gateway as Prometheus sees them. Names are fixed: docs/contract.md, *Metrics*.
import { FAULT_KINDS, type Fault } from '../../hall/fault.ts';
import type { Hall } from '../../hall/state.ts';
import { values } from '../../hall/table.ts';
import type { Content } from '../content.ts';
import type { FactStats } from '../facts.ts';
import type { HistoryStats } from '../history/thread.ts';
import type { LiveState } from '../live-state.ts';
import type { Intake, IntakeCounts } from '../intake.ts';
import type { LinkStats } from '../intake/broker-link.ts';
import type { JournalStats } from '../journal.ts';
import type { LiveStats } from '../live.ts';
import type { Sources, SourceStats } from '../sources.ts';
import type { StandbyStats } from '../standby.ts';
import type { Reader } from './reader.ts';

/** Where figures come from; parts that are not there yet have none. */
export interface Watched {
  readonly intake: () => Pick<Intake, 'counts' | 'stats'> | undefined;
  readonly journal: () => Readonly<JournalStats>;
  readonly live: () => Readonly<LiveStats>;
  readonly history: () => Readonly<HistoryStats>;
  readonly facts: () => Readonly<FactStats>;
  readonly liveState: () => Pick<LiveState, 'hall' | 'seq' | 'revision' | 'stats'>;
  readonly sources: () => Pick<Sources, 'stats' | 'discoveredStats'>;
  readonly content: Pick<Content, 'files' | 'bytes'>;
  readonly faults: () => readonly Fault[];
  readonly neighbours: { readonly received: number; readonly refused: number };
  /** of a pair only */
  readonly standby: () => StandbyStats | undefined;
}

const DEVICE_STATES = ['online', 'degraded', 'offline', 'fault', 'maintenance', 'unknown'] as const;

export function watchParts(reader: Reader, parts: Watched): void {
  watchIntake(reader, parts);
  watchSession(reader, parts);
  watchJournal(reader, parts);
  watchFacts(reader, parts);
  watchHistory(reader, parts);
  watchLive(reader, parts);
  watchHall(reader, parts);
  watchStandby(reader, parts);
  watchSources(reader, parts);
  watchNeighbours(reader, parts);
  watchContent(reader, parts);
}

/** Conservation at rest: received = journaled + duplicate + rejected. */
function watchIntake(reader: Reader, { intake }: Watched): void {
  const counters: [keyof Omit<IntakeCounts, 'rejected'>, string][] = [
    ['received', 'Signals received'],
    ['journaled', 'Signals that are new and on disk'],
    ['duplicate', 'Signals whose id was there before'],
  ];
  for (const [key, help] of counters) {
    reader.counter(`hallcast_signals_${key}_total`, help, () => intake()?.counts[key] ?? 0);
  }
  reader.counterBy(
    'reason',
    'hallcast_signals_rejected_total',
    'Signals refused and kept as dead letters, by reason',
    () => intake()?.counts.rejected ?? {},
  );
  const stat = (key: 'connections' | 'held' | 'slowed') => () => intake()?.stats[key] ?? 0;
  reader.gauge('hallcast_mqtt_connections', 'Connected MQTT clients', stat('connections'));
  reader.gauge(
    'hallcast_mqtt_publishes_held',
    'Publishes that wait for their commit',
    stat('held'),
  );
  reader.counter('hallcast_mqtt_slowed_total', 'Publishes made to wait by a limit', stat('slowed'));
  reader.counter(
    'hallcast_mqtt_relayed_total',
    "Messages that are not the hall's and were passed on (`relay:`)",
    () => intake()?.stats.relayed ?? 0,
  );
  reader.counterBy(
    'reason',
    'hallcast_mqtt_closed_total',
    'MQTT connections refused or closed by a limit, by reason',
    () => intake()?.stats.closed ?? {},
  );
}

/** Nothing of these at the embedded broker. */
function watchSession(reader: Reader, { intake }: Watched): void {
  const stat = (key: keyof NonNullable<LinkStats['session']>) => () =>
    intake()?.stats.session?.[key] ?? 0;
  reader.gauge(
    'hallcast_broker_connected',
    'The session at the external broker',
    stat('connected'),
  );
  const counters: [string, string, keyof NonNullable<LinkStats['session']>][] = [
    ['reconnects', 'Times that the session was taken up again', 'reconnects'],
    ['taken', 'Times that another client took the session', 'taken'],
    ['sessions_lost', 'Times that the broker had forgotten the session', 'lost'],
    ['dropped', 'Messages that the broker says it threw away, for any client', 'dropped'],
    ['shortened', 'Messages too large to be read whole', 'shortened'],
  ];
  for (const [name, help, key] of counters) {
    reader.counter(`hallcast_broker_${name}_total`, help, stat(key));
  }
}

function watchJournal(reader: Reader, { journal, liveState }: Watched): void {
  const stat = (key: keyof JournalStats) => () => Number(journal()[key]);
  reader.gauge('hallcast_journal_pending', 'Signals waiting for their commit', stat('pending'));
  reader.gauge(
    'hallcast_journal_seq',
    'The newest entry that the state reflects',
    () => liveState().seq,
  );
  reader.counter(
    'hallcast_journal_commit_failures_total',
    'Commits that the disk refused',
    stat('failedCommits'),
  );
  reader.gauge('hallcast_dead_letters', 'Dead letters kept', stat('deadLettersKept'));
  reader.counter(
    'hallcast_dead_letters_dropped_total',
    'Dead letters that went, as there were too many',
    stat('deadLettersDropped'),
  );
}

function watchFacts(reader: Reader, { facts }: Watched): void {
  const stat = (key: keyof FactStats) => () => facts()[key];
  reader.gauge('hallcast_facts_pending', 'Journal entries not yet in the facts', stat('pending'));
  reader.counter('hallcast_facts_restarts_total', 'Restarts of the thread', stat('restarts'));
}

function watchHistory(reader: Reader, { history }: Watched): void {
  const stat = (key: keyof HistoryStats) => () => Number(history()[key]);
  reader.gauge('hallcast_history_pending', 'Signals not yet in the history', stat('pending'));
  reader.counter('hallcast_history_written_total', 'Points written', stat('written'));
  reader.counter('hallcast_history_rejected_total', 'Points refused', stat('rejected'));
  reader.counter(
    'hallcast_facts_written_total',
    'Visits and hours written into InfluxDB',
    stat('factsWritten'),
  );
  reader.counter(
    'hallcast_facts_rejected_total',
    'Visits and hours that InfluxDB refused',
    stat('factsRejected'),
  );
}

function watchLive(reader: Reader, { live }: Watched): void {
  reader.gauge('hallcast_live_clients', 'Connected pages', () => live().clients);
  const counters: [string, string, keyof LiveStats][] = [
    ['live_resyncs', 'Snapshots sent to pages that had missed something', 'resyncs'],
    ['live_snapshots', 'Snapshots sent', 'snapshots'],
    ['live_deltas', 'Deltas made, however many pages got them', 'deltas'],
    ['live_refused', 'Pages refused by a limit', 'refused'],
    ['live_slow_closed', 'Pages closed while they were too slow', 'closedSlow'],
    ['live_bad_messages', 'Messages from pages that were refused', 'badMessages'],
    ['view_errors', 'Views that could not be cut', 'cutErrors'],
  ];
  for (const [name, help, key] of counters) {
    reader.counter(`hallcast_${name}_total`, help, () => live()[key]);
  }
}

function watchHall(reader: Reader, { liveState, faults }: Watched): void {
  reader.gaugeBy('kind', 'hallcast_faults', 'Faults that stand, by kind', () =>
    countBy(
      FAULT_KINDS,
      faults().map(({ kind }) => kind),
    ),
  );
  reader.gaugeBy('state', 'hallcast_device_state', 'Devices by state', () =>
    deviceStates(liveState().hall),
  );
  const help = "What happened to the business day's signals";
  reader.gaugeBy('kind', 'hallcast_day_signals', help, () => ({ ...liveState().hall.counts }));
  reader.counter('hallcast_fold_errors_total', 'Entries that the state left out', () => {
    return liveState().stats.foldErrors;
  });
  reader.counter('hallcast_checkpoints_total', 'Checkpoints written', () => {
    return liveState().stats.checkpoints;
  });
}

function watchStandby(reader: Reader, { standby }: Watched): void {
  const stat = (value: (stats: StandbyStats) => number) => () => {
    const stats = standby();
    return stats === undefined ? 0 : value(stats);
  };
  reader.gauge('hallcast_leading', '1 while this gateway leads (alone it always does)', () =>
    (standby()?.role ?? 'leading') === 'leading' ? 1 : 0,
  );
  reader.gauge(
    'hallcast_standby_attached',
    '1 while both have what is acknowledged',
    stat(({ attached }) => (attached ? 1 : 0)),
  );
  reader.gauge(
    'hallcast_standby_lag',
    'Signals that the standby has not yet',
    stat(({ lag }) => lag ?? 0),
  );
  const counters: [string, string, 'takeovers' | 'detached' | 'handed'][] = [
    ['takeovers', 'Times that this gateway began to lead', 'takeovers'],
    ['standby_detached', 'Times that the standby was slow or gone', 'detached'],
    ['standby_handed', 'Signals that a former leader handed over', 'handed'],
  ];
  for (const [name, help, key] of counters) {
    reader.counter(
      `hallcast_${name}_total`,
      help,
      stat((stats) => stats[key]),
    );
  }
}

/** Vendors' messages by source, and the devices that are not the hall's yet. */
function watchSources(reader: Reader, { sources }: Watched): void {
  const counters: [keyof SourceStats, string][] = [
    ['messages', "Vendors' messages read"],
    ['ignored', "Vendors' messages that told the hall nothing"],
    ['refused', "Vendors' messages that are dead letters, whole or in part"],
    ['signals', "Signals made of vendors' messages"],
  ];
  for (const [key, help] of counters) {
    reader.counterBy('source', `hallcast_source_${key}_total`, help, () => {
      const stats = Object.entries(sources().stats);
      return Object.fromEntries(stats.map(([source, counts]) => [source, counts[key]]));
    });
  }
  reader.gauge('hallcast_discovered_devices', 'Devices heard that are not of the hall', () => {
    return sources().discoveredStats.listed;
  });
  reader.counter(
    'hallcast_discovered_dropped_total',
    'Messages of devices that found no place among the discovered',
    () => sources().discoveredStats.dropped,
  );
}

function watchContent(reader: Reader, { content }: Watched): void {
  reader.gauge('hallcast_content_files', 'Pictures, videos and other stored files', () => {
    return content.files;
  });
  reader.gauge('hallcast_content_bytes', 'Bytes of all stored files', () => content.bytes);
}

function deviceStates({ devices }: Hall): Record<string, number> {
  return countBy(
    DEVICE_STATES,
    [...values(devices)].map(({ state }) => state),
  );
}

/** How many of each; those known beforehand also where there is none. */
function countBy(known: readonly string[], found: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(known.map((name) => [name, 0]));
  for (const name of found) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function watchNeighbours(reader: Reader, { neighbours }: Watched): void {
  const help = 'Summaries of other halls (`neighbours:`), by what became of them';
  const counts = () => ({ taken: neighbours.received, refused: neighbours.refused });
  reader.counterBy('result', 'hallcast_neighbour_summaries_total', help, counts);
}
