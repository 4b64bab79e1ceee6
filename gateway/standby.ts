// Two gateways of one hall, each with its own machine and data folder, at one broker: who holds the broker's session
// leads, the other one follows its journal and takes over when it is gone. The broker is the arbiter; there is no vote.
import type { Judge } from '../hall/judge.ts';
import type { PairRole } from '../hall/gateway-status.ts';
import type { Part } from './health.ts';
import type { Written } from './history/thread.ts';
import type { BrokerAddress } from './intake/session/line.ts';
import type { Will } from './intake/session/connection.ts';
import { peerOf, roleOf, type SessionEvent } from './intake/session/machine.ts';
import { SessionOwner } from './intake/session/owner.ts';
import type { BrokerLink } from './intake/broker-link.ts';
import type { Secret } from './config/secret.ts';
import type { Journal, Position } from './journal.ts';
import type { Fault } from '../hall/fault.ts';
import { JOURNAL_FORMAT } from './journal/database.ts';
import type { OnError, Tell } from './log.ts';
import { Acknowledgements } from './standby/acknowledgements.ts';
import { Admission } from './standby/admission.ts';
import { Announcement } from './standby/announcement.ts';
import { type Sight, startDelayMs } from './standby/claim.ts';
import { Follow } from './standby/follow.ts';
import { Lead } from './standby/lead.ts';
import { pairHealth } from './standby/pair-health.ts';
import { stateTopic } from './standby/state-message.ts';
import { Troubles, type Unlike } from './standby/trouble.ts';
import { Watch } from './standby/watch.ts';

export interface StandbyOptions {
  readonly hall: string;
  /** the hall file's `standby` */
  readonly settings: {
    readonly confirm_s: number;
    readonly yield_s: number;
    readonly patience_s: number;
    readonly keep_alive_s: number;
  };
  readonly broker: BrokerAddress;
  /** HTTP address of the other gateway */
  readonly peer: URL;
  readonly key: Secret;
  /** Judges what another gateway hands over. */
  readonly judge: Judge;
  /** this gateway's name, for people */
  readonly gateway: string;
  readonly journal: Journal;
  /** At the broker, over the session. */
  readonly publish: BrokerLink['publish'];
  /** Where both write into one database: how far this one has written; undefined where each has its own history. */
  readonly written: () => Written | undefined;
  /** The leader has written so far into the database of both. */
  readonly onWritten: (written: Written) => void;
  /** The journal should be rewound to there and opened again: the rest is in the leader's. */
  readonly onRewind: (to: Position) => void;
  /** the gateway's time, ms since 1970 */
  readonly now: () => number;
  readonly onError: OnError;
  readonly onInfo: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly onWarn: Tell;
}

export interface StandbyStats {
  readonly role: PairRole;
  readonly attached: boolean;
  /** as leader: entries that the standby has not confirmed; as standby: entries that are still to come */
  readonly lag: number | undefined;
  readonly takeovers: number;
  readonly detached: number;
  readonly handed: number;
}

const ASK_MS = 1_000;

export class Standby {
  readonly #options: StandbyOptions;
  readonly #run = crypto.randomUUID();
  /** The session's state, for the session too: what this gateway is in the pair follows from it. */
  readonly owner = new SessionOwner(() => this.#sight());
  readonly #acknowledgements: Acknowledgements;
  readonly #announcement: Announcement;
  /** For standbys at the HTTP door. */
  readonly lead: Lead;
  readonly #follow: Follow;
  readonly #troubles: Troubles;
  readonly #watch: Watch;
  readonly #since = performance.now();
  readonly #counts = { takeovers: 0, attached: 0, detached: 0 };

  constructor(options: StandbyOptions) {
    this.#options = options;
    const { owner } = this;
    const { hall, gateway, journal, key, onError, onInfo, broker, settings } = options;
    const { peer, now, onWarn, publish } = options;
    const run = this.#run;
    const format = JOURNAL_FORMAT;
    this.#troubles = new Troubles({ gateway, format, now, onWarn });
    const acknowledgements = new Acknowledgements(owner, journal, settings.confirm_s * 1000);
    this.#acknowledgements = acknowledgements;
    this.#announcement = new Announcement({
      ...{ owner, hall, gateway, run, acknowledgements, publish, onError },
    });
    const shared = {
      ...{ journal, hall, gateway, run, format, onError },
      onForged: () => this.#troubles.foundForged(),
      onUnlike: (other: Unlike) => this.#troubles.foundUnlike(other),
    };
    this.lead = new Lead({
      ...{ ...shared, owner, judge: options.judge, written: options.written },
      admission: new Admission({ hall, run, key, peerHost: peer.hostname, onWarn }),
      isLeading: () => peerOf(owner.state) !== undefined,
      isUp: () => owner.state.is === 'leading',
      onHave: (seq) => acknowledgements.confirm(seq),
    });
    this.#follow = new Follow({
      ...{ ...shared, peer, key, onInfo },
      onAlike: () => this.#troubles.areAlike(),
      onWritten: options.onWritten,
      onRewind: options.onRewind,
    });
    this.#watch = new Watch({
      ...{ broker, onError, topic: stateTopic(hall), keepAliveSeconds: settings.keep_alive_s },
      ...{ run, clientId: `hallcast-${hall}-${run.slice(0, 8)}` },
      onChange: () => owner.look(),
    });
    owner.perform({
      drain: () => void this.#drain(),
      lead: () => this.#begin(),
      leadNoMore: (event) => this.#end(event),
      follow: () => void this.#followWhenQuiet(),
      announce: () => void this.#announcement.say(),
      attach: () => this.#setAttached(true, 'it has the whole journal'),
      detach: (event) => this.#setAttached(false, event.type === 'detached' ? event.why : ''),
      prove: () => void this.#announcement.prove(),
    });
    owner.onChange((state, before) => this.#onRole(roleOf(state), roleOf(before)));
    this.#follow.start();
    void this.#askFirst();
  }

  /** The leader's journal is followed, so that this one is a part of it. */
  get follows(): boolean {
    return !this.leads && this.#follow.stats.connected;
  }

  get role(): PairRole {
    return roleOf(this.owner.state);
  }

  /** It holds the session, or is about to: what it commits is the hall's. */
  get leads(): boolean {
    return this.role !== 'standby';
  }

  /** Nothing older than the present is still to come into the journal. */
  get isCurrent(): boolean {
    return this.leads || this.#follow.stats.lag === 0;
  }

  /** Up to here the journal is sure to be the hall's: what may go into a history that is kept for ever. */
  get confirmed(): number {
    return this.#acknowledgements.confirmed;
  }

  get stats(): StandbyStats {
    const { leads } = this;
    const { takeovers, detached } = this.#counts;
    return {
      ...{ role: this.role, takeovers, detached, handed: this.lead.handed },
      attached: leads ? this.#isAttached : this.#follow.stats.connected,
      lag: leads ? this.lead.lag : this.#follow.stats.lag,
    };
  }

  get health(): Part & { role: PairRole } {
    const { message } = this.#watch.sight;
    return pairHealth({
      ...{ role: this.role, isAttached: this.#isAttached, silence: this.#announcement.trouble },
      trouble: this.#follow.stats.trouble,
      leader: message?.state === 'online' ? message.gateway : undefined,
      ranMs: performance.now() - this.#since,
    });
  }

  /** What others find at the broker when this gateway is gone. */
  get will(): Will {
    return this.#announcement.message('offline');
  }

  /** For the journal. */
  get gate(): () => Promise<void> | undefined {
    return this.#acknowledgements.gate;
  }

  /** What the two gateways find wrong with each other. */
  get findings(): Fault[] {
    return this.#troubles.faults(this.leads);
  }

  /** After the session was stopped. */
  async stop(): Promise<void> {
    // Where there never was a session.
    this.owner.send({ type: 'stop', graceMs: 0 });
    this.#announcement.stop();
    await Promise.all([this.#follow.stop(), this.#watch.stop()]);
  }

  get #isAttached(): boolean {
    return peerOf(this.owner.state)?.is === 'attached';
  }

  /** Before the first claim: whether the other gateway has more, and should lead. */
  async #askFirst(): Promise<void> {
    const { journal, settings } = this.#options;
    const found = await this.#follow.ask(ASK_MS);
    const mine = { seq: journal.lastSeq, letter: journal.lastLetter };
    const theirs = found?.leading === true ? undefined : found?.extent;
    const delayMs = startDelayMs(mine, theirs, settings.yield_s * 1000);
    this.owner.send({ type: 'asked', delayMs });
  }

  #sight(): Sight {
    const { keep_alive_s, patience_s } = this.#options.settings;
    return {
      ...{ run: this.#run, ...this.#watch.sight, hadStandby: this.#counts.attached > 0 },
      ...{ heardMs: this.#follow.heardMs, completeMs: this.#follow.completeMs },
      ...{ keepAliveMs: keep_alive_s * 1000, patienceMs: patience_s * 1000 },
    };
  }

  /** What has come from the leader that was is written first: it is before everything that comes now. */
  async #drain(): Promise<void> {
    const began = performance.now();
    await this.#follow.stop();
    const afterMs = Math.round(performance.now() - began);
    this.#options.onInfo('standby: has written what the last leader sent', { after_ms: afterMs });
    this.owner.drained();
  }

  #begin(): void {
    const { journal, onInfo } = this.#options;
    onInfo('standby: takes the session', { seq: journal.lastSeq });
    this.#acknowledgements.begin();
  }

  #end({ type }: SessionEvent): void {
    const why = type === 'ended' ? 'another gateway took the session' : 'the session was lost';
    if (type !== 'released') this.#options.onInfo(`standby: steps back: ${why}`);
    this.lead.hangUp('another gateway leads');
  }

  /** What is still on its way into the journal belongs to what is compared with the leader's. */
  async #followWhenQuiet(): Promise<void> {
    const { journal } = this.#options;
    const isWanted = () => this.owner.state.is === 'standby';
    while (journal.stats.pending > 0 && isWanted()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (isWanted()) this.#follow.start();
  }

  #setAttached(attached: boolean, why: string): void {
    this.#counts[attached ? 'attached' : 'detached']++;
    if (attached) this.#troubles.areAlike();
    else this.lead.hangUp(why);
    this.#options.onInfo(`standby: ${attached ? 'attached' : 'detached'}: ${why}`);
    void this.#announcement.say();
  }

  #onRole(role: PairRole, before: PairRole): void {
    if (role === before) return;
    if (role === 'leading') this.#counts.takeovers++;
    this.#options.onInfo(`standby: ${role}`);
  }
}
