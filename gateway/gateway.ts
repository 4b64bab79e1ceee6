// The gateway whole: journal → state → live, history, HTTP and the broker, started in that order, stopped in reverse.
import { join } from 'node:path';
import { effectiveHall, isIgnored } from '../hall/effective-hall.ts';
import { cutView } from '../hall/view/index.ts';
import { forgetJoined, takeOverWhenLeading } from './accepted.ts';
import { tellAlarms } from './alarms.ts';
import { Commands } from './commands.ts';
import { HallContent } from './content/hall-content.ts';
import { createClock, type GatewayClock } from './clock.ts';
import { indexHall, type HallConfig } from '../hall/config.ts';
import { createJudge, type Knowledge } from '../hall/judge.ts';
import { setBackFaults } from '../hall/fault/clock.ts';
import { identityFaults } from '../hall/fault/identity.ts';
import { hallFileFaults } from '../hall/fault/hall-file.ts';
import type { GatewayConfig } from './config.ts';
import { startFacts, type Facts } from './facts.ts';
import { rewindHistory } from './history/rewind.ts';
import { factsFile, historySettings } from './history/settings.ts';
import { startHistory, type HistoryThread } from './history/thread.ts';
import { watchFaults, type FaultWatch } from './faults.ts';
import { createHealth, type Health } from './health.ts';
import { type Access, createAccess, viewAudience } from './http/access.ts';
import { createDoor, type DoorOptions, type Parts } from './http/door.ts';
import { Gate } from './http/gate.ts';
import { listenHttp, type HttpListener } from './http/listen.ts';
import { pagesVersion } from './http/version.ts';
import { Neighbours } from './neighbours.ts';
import { openLiveState, type LiveState } from './live-state.ts';
import { startIntake, type Intake } from './intake.ts';
import { openBrokerLink } from './intake/open.ts';
import { tellRefusals } from './intake/refusals.ts';
import type { TakeMessage, BrokerLink } from './intake/broker-link.ts';
import { createKnowledge, type StateKnowledge } from './knowledge.ts';
import { openJournal, type DeadLetterDraft, type Journal, type Position } from './journal.ts';
import { compareWithLast } from './last-hall.ts';
import { Live } from './live.ts';
import { ofTurn } from './live/turn.ts';
import { createSightings, type Sightings } from './live/sightings.ts';
import type { Log, OnError } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { removePorts, writePorts } from './ports.ts';
import { keepRetention } from './retention.ts';
import { retainedStates } from './retained.ts';
import { createSources, type Sources } from './sources.ts';
import { openKept } from './sources/kept.ts';
import { Standby } from './standby.ts';
import { encodeStateMessage, stateTopic, type StateMessage } from './standby/state-message.ts';
import { createStrays, type Strays } from './strays.ts';
import { startSummary, type SummaryFeed } from './summary.ts';
import { localized } from './start/language.mjs';

export interface Gateway {
  /** the port of each listener */
  readonly ports: { readonly http: number; readonly mqtt: number };
  /** `http://HOST:PORT`, as people here open it */
  readonly address: string;
  /** Of a pair: resolves when it should be stopped and opened again with its journal rewound to there. */
  readonly rewound: Promise<Position>;
  /** Commits and acknowledges what was taken, leaves a checkpoint, tells the pages to come back. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly clock?: GatewayClock;
  readonly checkpointEntries?: number;
  readonly checkpointMs?: number;
  /** What the journal has after it is another gateway's matter: see `Gateway.rewound`. */
  readonly rewind?: Position;
}

const RETRY_MS = 1_000;
const MIB = 1024 * 1024;

/** Where both gateways of a pair have their pages: as the hall file says, else where this one reaches the other. */
function pagesOf({ hall, peer }: GatewayConfig): readonly string[] {
  if (peer === undefined) return [];
  return hall.standby.pages.length > 0 ? hall.standby.pages : [peer.url.origin];
}

/**
 * Starts the gateway; resolves when it is ready. Rejects where it cannot start, with everything let go again.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const assembly = new Assembly(options);
  try {
    await assembly.start();
  } catch (error) {
    await assembly.stop();
    throw error;
  }
  return assembly;
}

class Assembly implements Gateway {
  readonly #options: GatewayOptions;
  #config: GatewayConfig;
  readonly #log: Log;
  readonly #clock: GatewayClock;
  readonly #strays: Strays;
  readonly #metrics: Metrics = createMetrics();
  readonly #onError: OnError;
  #parts: Partial<Parts> = {};
  #http: HttpListener | undefined;
  readonly #health: () => Health;
  #stopTakingOver: () => void = () => {};
  #content: HallContent | undefined;
  #stopRetention: () => void = () => {};
  #stopAlarms: () => void = () => {};
  #summary: SummaryFeed | undefined;
  readonly #run = crypto.randomUUID();
  readonly #version: string;
  readonly #access: Access;
  readonly #rewound = Promise.withResolvers<Position>();
  #stopped: Promise<void> | undefined;
  #stopping = false;
  readonly #wayIn = Promise.withResolvers<Intake>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { config, log } = options;
    this.#log = log;
    this.#clock = options.clock ?? createClock(config.pace, config.clockOrigin);
    this.#strays = createStrays(() => this.#clock.now());
    const hall = compareWithLast(config.hall, config.data, this.#clock.now(), log);
    this.#config = { ...config, hall };
    this.#version = pagesVersion(config.pages);
    this.#access = createAccess(hall.http.staff);
    this.#health = createHealth(
      () => this.#parts,
      () => this.#stopping,
      this.#clock,
    );
    this.#onError = (error, where) => {
      this.#metrics.countError(where.stage);
      this.#log.onError(error, where);
    };
  }

  get ports() {
    return { http: this.#http?.port ?? 0, mqtt: this.#parts.intake?.port ?? 0 };
  }

  get rewound(): Promise<Position> {
    return this.#rewound.promise;
  }

  get address(): string {
    const { host } = this.#config.http;
    const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return `http://${shown.includes(':') ? `[${shown}]` : shown}:${this.ports.http}`;
  }

  async start(): Promise<void> {
    const content = await this.#openContent();
    // HTTP first, so that /healthz answers while the state is restored.
    await this.#listen(content);
    const { hall, data, peer } = this.#config;
    const { rewind } = this.#options;
    const knowledge = createKnowledge({
      hall: () => this.#parts.liveState?.hall,
      config: hall,
      isJournaled: (device, id) => this.#parts.journal?.has(device, id) ?? false,
    });
    const sources = this.#createSources(knowledge);
    this.#parts = { sources };
    const journalFile = join(data, 'journal.sqlite');
    const onError = this.#onError;
    const journal = await this.#openJournal(journalFile);
    this.#parts = { journal, sources };
    const liveState = await this.#openLiveState(journal);
    // The first cut gathers the day's figures: before the first page asks, not while it waits.
    cutView('live', liveState.hall, effectiveHall(hall, liveState.hall).config, this.#clock.now());
    const facts = this.#startFacts(journal, journalFile);
    const sightings = createSightings(() => liveState.hall, facts.see);
    this.#parts = { ...this.#parts, facts, liveState, sightings };
    forgetJoined(liveState, sources);
    this.#stopAlarms = tellAlarms({ journal, log: this.#log, leads: () => this.#leads() });
    const neighbours = new Neighbours({
      ...{ config: hall, broker: this.#config.broker, clock: this.#clock, onWarn: this.#log.warn },
    });
    this.#parts = { ...this.#parts, neighbours };
    const faults = this.#watchFaults(liveState, knowledge);
    const live = this.#openLive(liveState, sightings, faults);
    if (rewind) rewindHistory(historySettings(this.#config).store, rewind.seq);
    const history = startHistory({
      ...{ journal, journalFile, hall: hall.hall.id, onError, ...historySettings(this.#config) },
      ...{ now: () => this.#clock.now(), facts: () => facts.step },
      onInfo: this.#log.info,
      ...(peer && { limit: () => this.#historyLimit(journal) }),
    });
    const standby = this.#openStandby(journal, history);
    const commands = this.#createCommands(journal, liveState, sources);
    this.#parts = { ...this.#parts, live, history, faults, commands, ...(standby && { standby }) };
    this.#stopTakingOver = await takeOverWhenLeading({
      ...{ data, journal, clock: this.#clock, log: this.#log, onError },
      leads: () => this.#leads(),
    });
    const intake = await this.#startIntake(journal, liveState, sources);
    this.#parts = { ...this.#parts, intake };
    this.#wayIn.resolve(intake);
    this.#metrics.watch({
      intake: () => this.#parts.intake,
      journal: () => journal.stats,
      live: () => live.stats,
      history: () => history.stats,
      facts: () => facts.stats,
      liveState: () => liveState,
      ...{ sources: () => sources, content: content.store },
      faults: () => faults.faults,
      neighbours: neighbours.stats,
      standby: () => standby?.stats,
    });
    this.#summary = this.#startSummary(liveState, intake, faults);
    this.#stopRetention = keepRetention({
      retention: hall.retention,
      ...{ journal, history, facts, onError, clock: this.#clock, onInfo: this.#log.info },
      // A standby's journal is pruned as its leader's is.
      mayPruneJournal: () => this.#leads(),
    });
    const present = { config: () => this.#hall(), hall: () => liveState.hall, commands };
    content.keep({ ...present, leads: () => this.#leads() }, liveState);
    writePorts(data, this.ports);
  }

  /** The photos that the hall file names by a path have a hash before anything is cut. */
  async #openContent(): Promise<HallContent> {
    const content = await HallContent.open({
      ...{ config: this.#config, clock: this.#clock },
      isDiskShort: () => this.#parts.journal?.isShort ?? false,
      onError: this.#onError,
      onInfo: this.#log.info,
    });
    this.#content = content;
    this.#config = { ...this.#config, hall: content.hall };
    return content;
  }

  /** From its end on the gateway's time goes on: no entry is received before the one that stands before it. */
  async #openJournal(file: string): Promise<Journal> {
    const { hall, peer } = this.#config;
    const { rewind } = this.#options;
    const journal = await openJournal({
      file,
      hall: hall.hall.id,
      deadLetterMax: hall.retention.dead_letters_max,
      deadLetterBytesMax: hall.retention.dead_letters_mib * MIB,
      journalBytesMax: hall.limits.journal_mib * MIB,
      diskFreeBytes: hall.limits.disk_free_mib * MIB,
      isListed: (device) => this.#isListed(device),
      ...{ onError: this.#onError, onInfo: this.#log.info },
      onCommitted: (seconds, signals) => this.#metrics.observeCommit(seconds, signals),
      ...(peer && { gate: () => this.#parts.standby?.gate() }),
      ...(rewind && { rewind }),
    });
    const last = journal.read(journal.lastSeq - 1, 1)[0];
    if (last) this.#clock.notBefore(last.receivedAt);
    return journal;
  }

  #createCommands(journal: Journal, liveState: LiveState, sources: Sources): Commands {
    return new Commands({
      ...{ journal, clock: this.#clock, leader: this.#config.peer?.url.origin },
      leads: () => this.#leads(),
      context: () => ({
        hall: liveState.hall,
        config: this.#hall(),
        hasHeard: (source, address) =>
          sources.hasHeard(source, address) || this.#isIgnored(source, address),
      }),
      observe: (type, result) => this.#metrics.countCommand(type, result),
    });
  }

  #startFacts(journal: Journal, journalFile: string): Facts {
    const { hall: config, data } = this.#config;
    return startFacts({
      ...{ journal, journalFile, config, data, file: factsFile(data) },
      source: historySettings(this.#config).source,
      now: () => this.#clock.now(),
      mayTick: () => this.#parts.standby?.isCurrent ?? true,
      onError: this.#onError,
      onInfo: this.#log.info,
    });
  }

  #openLiveState(journal: Journal): Promise<LiveState> {
    const { checkpointEntries, checkpointMs } = this.#options;
    return openLiveState({
      ...{ journal, config: this.#config.hall, clock: this.#clock, log: this.#log },
      mayTick: () => this.#parts.standby?.isCurrent ?? true,
      ...(checkpointEntries !== undefined && { checkpointEntries }),
      ...(checkpointMs !== undefined && { checkpointMs }),
    });
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#stopTakingOver();
    const { journal, liveState, live, history, intake, faults, standby } = this.#parts;
    this.#summary?.stop();
    this.#stopRetention();
    faults?.stop();
    const step = async (stage: string, work: (() => Promise<unknown>) | undefined) => {
      const began = performance.now();
      try {
        await work?.();
      } catch (error) {
        this.#onError(error, { stage: 'stop', about: stage });
      }
      this.#log.debug(`stop: ${stage}`, { ms: Math.round(performance.now() - began) });
    };
    if (this.#config.broker === undefined) await step('state word', () => this.#say('offline'));
    await step('neighbours', async () => this.#parts.neighbours?.stop());
    await step('content', async () => this.#content?.stop());
    await step('intake', intake && (() => intake.stop()));
    await step('sources', async () => this.#parts.sources?.close());
    await step('standby', standby && (() => standby.stop()));
    await step('live', live && (() => live.stop(RETRY_MS)));
    await step('state', liveState && (() => liveState.stop()));
    await step('facts', async () => this.#parts.facts?.stop());
    await step('history', history && (() => history.stop()));
    this.#stopAlarms();
    await step('journal', journal && (() => journal.close()));
    await step('http', async () => this.#http?.close());
    this.#metrics.stop();
    if (this.#parts.intake !== undefined) removePorts(this.#config.data);
  }

  async #listen(content: DoorOptions['content']): Promise<void> {
    const { host, port } = this.#config.http;
    const router = createDoor({
      config: this.#config.hall,
      access: this.#access,
      pages: this.#config.pages,
      version: this.#version,
      gate: new Gate(this.#config.hall.limits),
      gateways: pagesOf(this.#config),
      ...{ clock: this.#clock, content },
      metrics: this.#metrics,
      parts: () => this.#parts,
      health: this.#health,
      isStopping: () => this.#stopping,
      onError: this.#onError,
    });
    this.#http = await listenHttp({ host, port, router, onError: this.#onError });
  }

  #watchFaults(liveState: LiveState, knowledge: StateKnowledge): FaultWatch {
    return watchFaults({
      hall: () => liveState.hall,
      config: () => this.#hall(),
      clock: this.#clock,
      log: this.#log,
      health: this.#health,
      keepsWills: this.#config.broker !== undefined,
      discovered: () => this.#parts.sources?.discovered() ?? [],
      pastDays: () => this.#parts.facts?.pastDays ?? {},
      neighbours: () => this.#parts.neighbours?.heard ?? [],
      budgets: () => [
        ...knowledge.budgets(),
        ...(this.#parts.journal?.budgets ?? []),
        ...(this.#parts.sources?.budgets() ?? []),
        ...(this.#parts.intake?.budgets() ?? []),
        ...(this.#parts.live?.budgets() ?? []),
        ...(this.#content?.budgets ?? []),
      ],
      findings: () => [
        ...(this.#content?.findings(this.#hall()) ?? []),
        ...identityFaults(this.#parts.journal?.sharedIds ?? [], this.#clock.now()),
        ...setBackFaults(this.#clock.aheadMs, this.#clock.now()),
        ...(this.#parts.sources?.findings(this.#clock.now()) ?? []),
        ...(this.#parts.intake?.findings() ?? []),
        ...(this.#parts.standby?.findings ?? []),
        ...hallFileFaults(liveState.hall, this.#hall(), this.#clock.now(), this.#strays.list()),
      ],
    });
  }

  #openLive(liveState: LiveState, sightings: Sightings, faults: FaultWatch): Live {
    const { hall } = this.#config;
    // Views that are cut in one go share their parts: with another time or another `outside` each would make all of its own.
    const moment = ofTurn(() => ({ now: this.#clock.now(), gatewayStatus: faults.gatewayStatus }));
    return new Live({
      liveState,
      clock: this.#clock,
      log: { ...this.#log, onError: this.#onError },
      sightings,
      cut: (view) => {
        const { now, gatewayStatus } = moment();
        return cutView(view, liveState.hall, this.#hall(), now, gatewayStatus);
      },
      mayView: (request, address, view) => this.#access(viewAudience(view, hall), request, address),
      version: this.#version,
      places: {
        pagesMax: hall.limits.pages_max,
        perAddress: hall.limits.pages_per_address,
        reserved: new Set(
          hall.screens.map(({ id, layout }) => `${layout === 'kiosk' ? 'kiosk' : 'screen'}:${id}`),
        ),
      },
      observePaint: (seconds, view) => this.#metrics.observePaint(seconds, view),
    });
  }

  /** The hall file with what people have changed since. */
  #hall(): HallConfig {
    const { liveState } = this.#parts;
    return liveState === undefined
      ? this.#config.hall
      : effectiveHall(this.#config.hall, liveState.hall).config;
  }

  /** Alone it always does. */
  #leads(): boolean {
    return this.#parts.standby?.leads !== false;
  }

  #isListed(device: string): boolean {
    return indexHall(this.#hall()).devices.has(device);
  }

  #isIgnored(source: string, address: string): boolean {
    const { liveState } = this.#parts;
    return liveState !== undefined && isIgnored(liveState.hall, source, address);
  }

  #createSources(knowledge: Knowledge): Sources {
    const { hall, data } = this.#config;
    const kept = hall.sources.length > 0 && {
      kept: openKept({
        file: join(data, 'sources.sqlite'),
        sources: hall.sources.map(({ name }) => name),
        bytesMax: hall.limits.source_memory_mib * 1024 * 1024,
        onError: this.#onError,
      }),
    };
    return createSources({
      ...kept,
      knowledge,
      config: () => this.#hall(),
      hall: () => this.#parts.liveState?.hall,
      isIgnored: (source, address) => this.#isIgnored(source, address),
      // The first messages come while the way in is still being opened: what they ask for waits for it.
      publish: ({ topic, payload }) => {
        this.#wayIn.promise
          .then((intake) => intake.publish(topic, payload, false))
          .catch((error) => this.#onError(error, { stage: 'sources' }));
      },
    });
  }

  #startIntake(journal: Journal, liveState: LiveState, sources: Sources): Promise<Intake> {
    return startIntake({
      // At the embedded broker `retain` asks for a message to be kept: it comes for the first time.
      decode: (topic, payload, receivedAt, retain, arrival) =>
        sources.decode(
          topic,
          payload,
          receivedAt,
          retain && this.#config.broker !== undefined,
          arrival,
        ),
      onFailed: () => sources.forgetTold(),
      onRefused: this.#onRefused(),
      journal,
      clock: this.#clock,
      open: (take) => this.#openBrokerLink(liveState, sources, take),
    });
  }

  /** Refused messages go into the log. A sender that uses ids which the hall file does not have becomes a fault. */
  #onRefused(): (refused: readonly DeadLetterDraft[]) => void {
    const tell = tellRefusals(this.#log, (device) => this.#isListed(device));
    return (refused) => {
      tell(refused);
      this.#strays.note(refused);
    };
  }

  #openBrokerLink(
    liveState: LiveState,
    sources: Sources,
    onPublish: TakeMessage,
  ): Promise<BrokerLink> {
    const { standby } = this.#parts;
    return openBrokerLink({
      config: this.#config,
      filters: sources.filters,
      retained: retainedStates(liveState.hall),
      will: { ...this.#word('offline'), retain: true },
      ...(standby && { standby }),
      // The first time the intake does not stand yet: it is said when it does.
      onConnected: () => void (this.#parts.intake && this.#say('online')),
      onPublish: (message) => this.#parts.neighbours?.take(message) ?? onPublish(message),
      onError: this.#onError,
      onInfo: this.#log.info,
      onWarn: this.#log.warn,
      isListed: (device) => this.#isListed(device),
      listedCount: () => this.#hall().devices.length,
      now: () => this.#clock.now(),
    });
  }

  /** Of a pair: the half that follows or is followed. */
  #openStandby(journal: Journal, history: HistoryThread): Standby | undefined {
    const { hall, broker, peer, name, influx } = this.#config;
    if (broker === undefined || peer === undefined) return undefined;
    return new Standby({
      ...{ hall: hall.hall.id, gateway: name, broker, journal, peer: peer.url },
      key: peer.key,
      judge: createJudge(hall),
      settings: hall.standby,
      publish: (topic, payload, retain) => this.#publish(topic, payload, retain),
      written: () => (influx === undefined ? undefined : history.written),
      onWritten: (written) => history.skip(written),
      onRewind: (to) => this.#rewound.resolve(to),
      now: () => this.#clock.now(),
      onError: this.#onError,
      onInfo: this.#log.info,
      onWarn: this.#log.warn,
    });
  }

  /**
   * What may go into the history: of a pair only what is sure to be the hall's. A standby writes its own history, and
   * nothing into a database that the leader writes.
   */
  #historyLimit(journal: Journal): number {
    const { standby } = this.#parts;
    if (standby === undefined) return 0;
    if (standby.leads) return standby.confirmed;
    if (this.#config.influx === undefined && standby.follows) return journal.lastSeq;
    return 0;
  }

  #startSummary(liveState: LiveState, intake: Intake, faults: FaultWatch): SummaryFeed {
    const { standby } = this.#parts;
    if (standby === undefined) void this.#say('online');
    return startSummary({
      config: this.#config.hall,
      hall: () => liveState.hall,
      clock: this.#clock,
      publish: (topic, payload, retain) => intake.publish(topic, payload, retain),
      mayPublish: () =>
        intake.trouble === undefined && (standby === undefined || standby.role === 'leading'),
      gatewayStatus: () => ({
        name: this.#config.name,
        faults: faults.faults.map(({ id, kind, since, severity, title: text }) => ({
          ...{ id, kind, since, severity, text },
        })),
      }),
      onError: this.#onError,
    });
  }

  /** What this gateway says of itself at the broker; of a pair, the half that leads says it. */
  #word(state: StateMessage['state']) {
    const payload = encodeStateMessage({ state, gateway: this.#config.name, run: this.#run });
    return { topic: stateTopic(this.#config.hall.hall.id), payload };
  }

  async #say(state: StateMessage['state']): Promise<void> {
    const { topic, payload } = this.#word(state);
    // A broker that is away says so in its own part of /healthz.
    await this.#publish(topic, payload, true).catch(() => {});
  }

  #publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    const { intake } = this.#parts;
    if (intake === undefined)
      return Promise.reject(
        new Error(localized('发布：消息服务器还没有就绪', 'publish: the broker is not there')),
      );
    return intake.publish(topic, payload, retain);
  }
}
