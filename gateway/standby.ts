// Two gateways of one hall, each with its own machine and data folder, at one broker: who holds the broker's session
// leads, the other one follows its journal and takes over when it is gone. The broker is the arbiter; there is no vote.
import type { Judge } from '../hall/judge.ts';
import type { PairRole } from '../hall/gateway-status.ts';
import type { Part } from './health.ts';
import type { Written } from './history/thread.ts';
import type { BrokerAddress } from './intake/session/line.ts';
import type { Will } from './intake/session/connection.ts';
import type { BrokerLink } from './intake/broker-link.ts';
import type { Secret } from './config/secret.ts';
import type { Journal, Position } from './journal.ts';
import type { Fault } from '../hall/fault.ts';
import { JOURNAL_FORMAT } from './journal/database.ts';
import { messageOf, type OnError, type Tell } from './log.ts';
import { Admission, type Admitted } from './standby/admission.ts';
import { commonOf, isBeyond } from './standby/common.ts';
import { Follow } from './standby/follow.ts';
import { Lead } from './standby/lead.ts';
import { claimAfterMs, isLed, type Sight } from './standby/place.ts';
import { Troubles, type Unlike } from './standby/trouble.ts';
import { startWatch, type Watch } from './standby/watch.ts';
import { encodeStateMessage, stateTopic, type StateMessage } from './standby/state-message.ts';
import { localized } from './start/language.mjs';

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

const TICK_MS = 100;
const BEAT_MS = 1_000;
const ASK_MS = 1_000;
/** So long nobody asks why it neither leads nor follows. */
const START_MS = 5_000;

export class Standby {
  readonly #options: StandbyOptions;
  readonly #run = crypto.randomUUID();
  readonly #lead: Lead;
  readonly #follow: Follow;
  readonly #admission: Admission;
  readonly #troubles: Troubles;
  readonly #watch: Watch;
  readonly #tick: ReturnType<typeof setInterval>;
  readonly #beat: ReturnType<typeof setInterval>;
  readonly #since = performance.now();
  #role: PairRole = 'standby';
  /** Between two roles. */
  #busy = false;
  #stopped = false;
  #sees = false;
  #word: StateMessage | undefined;
  #wordAt = -Infinity;
  /** What the last leader said while it led. */
  #lastOnline: StateMessage | undefined;
  #freeSince: number | undefined;
  #taken = false;
  #startDelayMs: number | undefined = Infinity;
  #asked = false;
  #waiting: ((may: boolean) => void)[] = [];
  #releasedBefore = 0;
  #takeovers = 0;
  /** why the broker does not let it say that it leads */
  #speechTrouble: string | undefined;

  constructor(options: StandbyOptions) {
    this.#options = options;
    const { hall, gateway, journal, key, onError, onInfo, broker, settings } = options;
    const { peer, now, onWarn } = options;
    const format = JOURNAL_FORMAT;
    this.#troubles = new Troubles({ gateway, format, now, onWarn });
    this.#admission = new Admission({ hall, run: this.#run, key, peerHost: peer.hostname, onWarn });
    const shared = {
      ...{ journal, hall, gateway, run: this.#run, format, onError },
      onForged: () => this.#troubles.foundForged(),
      onUnlike: (other: Unlike) => this.#troubles.foundUnlike(other),
    };
    this.#lead = new Lead({
      ...shared,
      judge: options.judge,
      confirmMs: settings.confirm_s * 1000,
      isLeading: () => this.leads,
      isUp: () => this.#role === 'leading' && this.#waiting.length === 0,
      speak: () => this.#speak(),
      written: options.written,
      onAttached: (attached, why) => {
        if (attached) this.#troubles.areAlike();
        onInfo(`standby: ${attached ? 'attached' : 'detached'}: ${why}`);
        void this.#speakSoon();
      },
    });
    this.#follow = new Follow({
      ...{ ...shared, peer, key },
      onAlike: () => this.#troubles.areAlike(),
      onWritten: options.onWritten,
      onRewind: options.onRewind,
      onInfo,
    });
    this.#watch = startWatch({
      ...{ broker, onError, topic: stateTopic(hall), keepAliveSeconds: settings.keep_alive_s },
      clientId: `hallcast-${hall}-${this.#run.slice(0, 8)}`,
      onWord: (word) => this.#hear(word),
      onSight: (sees) => {
        this.#sees = sees;
        this.#consider();
      },
    });
    this.#tick = setInterval(() => this.#consider(), TICK_MS);
    this.#beat = setInterval(() => void this.#speakSoon(), BEAT_MS);
    this.#follow.start();
    void this.#look();
  }

  /** The leader's journal is followed, so that this one is a part of it. */
  get follows(): boolean {
    return !this.leads && this.#follow.stats.connected;
  }

  get role(): PairRole {
    return this.#role;
  }

  /** It holds the session, or is about to: what it commits is the hall's. */
  get leads(): boolean {
    return this.#role !== 'standby';
  }

  /** Nothing older than the present is still to come into the journal. */
  get isCurrent(): boolean {
    return this.leads || this.#follow.stats.lag === 0;
  }

  /** Up to here the journal is sure to be the hall's: what may go into a history that is kept for ever. */
  get confirmed(): number {
    return this.#lead.confirmed;
  }

  get stats(): StandbyStats {
    const { counts, isAttached: attached, lag } = this.#lead;
    return {
      role: this.#role,
      attached: this.leads ? attached : this.#follow.stats.connected,
      lag: this.leads ? lag : this.#follow.stats.lag,
      takeovers: this.#takeovers,
      detached: counts.detached,
      handed: counts.handed,
    };
  }

  get health(): Part & { role: PairRole } {
    const role = this.#role;
    if (role === 'leading') {
      if (this.#speechTrouble !== undefined) {
        return { role, state: 'degraded', detail: this.#speechTrouble };
      }
      if (this.#lead.isAttached)
        return {
          role,
          state: 'ok',
          detail: localized('备机已有全部数据', 'the standby has everything'),
        };
      const detail = localized(
        '没有已同步的备机：已确认的数据只在本机磁盘上',
        'no standby is attached: what is acknowledged is on this disk only',
      );
      return { role, state: 'degraded', detail };
    }
    if (role === 'claiming')
      return { role, state: 'ok', detail: localized('正在接管会话', 'takes the session over') };
    const { trouble } = this.#follow.stats;
    if (trouble !== undefined && performance.now() - this.#since < START_MS) {
      return { role, state: 'starting' };
    }
    const leader = this.#word?.state === 'online' ? this.#word.gateway : undefined;
    const leads = localized(
      leader === undefined ? '没有主机' : `主机是 ${leader}`,
      `${leader ?? 'nobody'} leads`,
    );
    const not = localized('；本机未同步：', '; this one does not follow: ');
    const detail = trouble === undefined ? leads : `${leads}${not}${trouble}`;
    return { role, state: trouble === undefined ? 'ok' : 'degraded', detail };
  }

  /** What others find at the broker when this gateway is gone. */
  get will(): Will {
    const { hall, gateway } = this.#options;
    const payload = encodeStateMessage({ state: 'offline', gateway, run: this.#run });
    return { topic: stateTopic(hall), payload, retain: true };
  }

  /** For the journal. */
  readonly gate = (): Promise<void> | undefined => this.#lead.gate();

  /** For the session: answers when this gateway may take it. */
  readonly mayConnect = (): Promise<boolean> => {
    if (this.#stopped) return Promise.resolve(false);
    // The first answer comes at once, so that the gateway starts and shows its pages meanwhile.
    if (!this.#asked) {
      this.#asked = true;
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#consider();
    });
  };

  readonly onConnected = (): void => {
    if (this.#role === 'standby') this.#lead.begin();
    if (this.#role !== 'leading') {
      this.#takeovers++;
      this.#setRole('leading');
    }
    this.#taken = false;
    this.#startDelayMs = undefined;
    void this.#speakSoon();
  };

  /** Another client has the session. */
  readonly onTaken = (): void => {
    this.#taken = true;
    this.#stepBack('another gateway took the session');
  };

  /** What the two gateways find wrong with each other. */
  get findings(): Fault[] {
    return this.#troubles.faults(this.leads);
  }

  /** A stranger's question at the HTTP door. */
  answer(request: Request, address: string): Promise<Response> {
    return this.#admission.answer(request, address);
  }

  /** Who has this ticket and may open a socket; each once. */
  admit(ticket: string): Admitted | undefined {
    return this.#admission.take(ticket);
  }

  /** A standby's socket, from the HTTP door. */
  serve(socket: WebSocket, admitted: Admitted): void {
    this.#lead.serve(socket, admitted);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#tick);
    clearInterval(this.#beat);
    this.#grant(false);
    this.#lead.end();
    await Promise.all([this.#follow.stop(), this.#watch.stop()]);
  }

  /** Before the first claim: whether the other gateway has more, and should lead. */
  async #look(): Promise<void> {
    const { journal, settings } = this.#options;
    const found = await this.#follow.ask(ASK_MS);
    let delay = 0;
    if (found !== undefined && !found.leading) {
      const mine = {
        ...{ seq: journal.lastSeq, letter: journal.lastLetter },
        leaderships: journal.leaderships(),
      };
      const common = commonOf(mine, found.extent);
      const theirs = found.extent.seq - common.seq;
      const ours = mine.seq - common.seq;
      if (theirs > ours || (theirs === ours && isBeyond(found.extent, mine))) {
        delay = settings.yield_s * 1000;
      } else if (theirs === ours) delay = Math.random() * settings.yield_s * 300;
    }
    if (this.#startDelayMs !== undefined) this.#startDelayMs = delay;
    this.#consider();
  }

  #hear(word: StateMessage | undefined): void {
    this.#word = word;
    this.#wordAt = performance.now();
    if (word?.state === 'online' && word.run !== this.#run) {
      this.#lastOnline = word;
      this.#taken = false;
      this.#startDelayMs = undefined;
    }
    this.#consider();
  }

  #consider(): void {
    if (this.#stopped || this.#busy) return;
    if (this.#role === 'standby') return this.#considerClaim();
    if (this.#waiting.length === 0) return;
    // The session is down: before it is taken up again, a look at what happened meanwhile.
    if (!this.#sees) return;
    if (this.#role === 'claiming' && !isLed(this.#sight())) return this.#grant(true);
    const isMine = this.#word === undefined || this.#word.run === this.#run;
    if (isMine && this.#word?.state !== 'offline') return this.#grant(true);
    this.#stepBack('the session was lost');
  }

  #considerClaim(): void {
    const afterMs = claimAfterMs(this.#sight());
    if (afterMs === undefined) return void (this.#freeSince = undefined);
    this.#freeSince ??= performance.now();
    if (performance.now() - this.#freeSince >= afterMs) void this.#claim();
  }

  #sight(): Sight {
    const { keep_alive_s, patience_s } = this.#options.settings;
    return {
      ...{ run: this.#run, sees: this.#sees, word: this.#word, lastOnline: this.#lastOnline },
      ...{ taken: this.#taken, startDelayMs: this.#startDelayMs },
      wordMs: performance.now() - this.#wordAt,
      heardMs: this.#follow.heardMs,
      completeMs: this.#follow.completeMs,
      hadStandby: this.#lead.counts.attached > 0,
      ...{ keepAliveMs: keep_alive_s * 1000, patienceMs: patience_s * 1000 },
    };
  }

  async #claim(): Promise<void> {
    this.#busy = true;
    const began = performance.now();
    // What has come from the leader that was is written first: it is before everything that comes now.
    await this.#follow.stop();
    this.#busy = false;
    if (this.#stopped) return;
    if (isLed(this.#sight())) return this.#follow.start();
    this.#options.onInfo('standby: takes the session', {
      seq: this.#options.journal.lastSeq,
      after_ms: Math.round(performance.now() - began),
    });
    this.#lead.begin();
    this.#setRole('claiming');
    this.#grant(true);
  }

  #stepBack(why: string): void {
    if (this.#role === 'standby') return;
    this.#options.onInfo(`standby: steps back: ${why}`);
    this.#freeSince = undefined;
    this.#setRole('standby');
    this.#lead.end();
    void this.#followWhenQuiet();
  }

  /** What is still on its way into the journal belongs to what is compared with the leader's. */
  async #followWhenQuiet(): Promise<void> {
    const { journal } = this.#options;
    while (journal.stats.pending > 0 && !this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (!this.#stopped && this.#role === 'standby') this.#follow.start();
  }

  #setRole(role: PairRole): void {
    if (role === this.#role) return;
    this.#role = role;
    this.#options.onInfo(`standby: ${role}`);
  }

  #grant(may: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(may);
  }

  /** Resolves when the broker has acknowledged it over the session. */
  async #speak(): Promise<void> {
    const { hall, gateway, publish } = this.#options;
    const attached = this.#lead.isAttached;
    const word = encodeStateMessage({ state: 'online', gateway, run: this.#run, attached });
    await publish(stateTopic(hall), word, true);
  }

  /**
   * Once a second, while it leads. What was released before the last word but one was acknowledged on a line that the
   * broker has answered since: it will not send that again.
   */
  async #speakSoon(): Promise<void> {
    if (this.#role !== 'leading' || this.#waiting.length > 0) return;
    const proven = this.#releasedBefore;
    this.#releasedBefore = this.#lead.released;
    try {
      await this.#speak();
      this.#speechTrouble = undefined;
      if (this.#role === 'leading') this.#lead.prove(Math.min(proven, this.#lead.released));
    } catch (error) {
      const why = messageOf(error);
      this.#speechTrouble = localized(
        `未能在消息服务器上声明自己是主机：${why}`,
        `cannot say at the broker that it leads: ${why}`,
      );
    }
  }
}
