// A page's connection to the gateway's live stream: hello → snapshot → deltas, with gaps asked for anew, silence called
// stale, and reconnection for ever. Framework-free; socket, clock and chance are handed in. SPEC §6.
import { apply } from '../hall/diff.ts';
import { PROTOCOL, type ClientMessage, type ServerMessage } from '../hall/protocol.ts';
import { Backoff } from './backoff.ts';
import type {
  Feed,
  FeedCounters,
  FeedOptions,
  FeedState,
  PaintedCall,
  WebSocketLike,
} from './feed-port.ts';
import { GatewayTime } from './gateway-time.ts';
import { decodeServerMessage } from './message.ts';

export type * from './feed-port.ts';

const OPEN = 1;
const BYE_MS_MAX = 60_000;
/** A page must have said within 5 s that it is stale: this leaves it the time to draw that. */
const STALE_MS_MAX = 4_700;
const STALE_MS_MIN = 500;
/** A timer so late means that the page stood still; so long it then listens before it looks. */
const HELD_UP_MS = 250;
const HEAR_FIRST_MS = 50;
const PAINTED_CALLS_MAX = 200;

/** Connects `view` at `url` and keeps it connected until `stop`. Reports every change of state; never throws. */
export function connectFeed<View extends object>(options: FeedOptions<View>): Feed {
  const feed = new LiveFeed<View>(options);
  feed.connect();
  return feed;
}

class LiveFeed<View extends object> implements Feed {
  readonly counters: FeedCounters = {
    connects: 0,
    snapshots: 0,
    deltas: 0,
    gaps: 0,
    badMessages: 0,
    paintedDropped: 0,
  };
  readonly #options: FeedOptions<View>;
  readonly #time = new GatewayTime();
  readonly #backoff: Backoff;
  #state: FeedState<View> = { freshness: 'loading' };
  #socket: WebSocketLike | undefined;
  #retryTimer: unknown;
  #watchTimer: unknown;
  #staleMs = STALE_MS_MAX;
  /** monotonic: when the data was last known to be the gateway's present one, and when that was last asked */
  #provenAt: number;
  #askedAt: number;
  /** a snapshot or the missing deltas have been asked for */
  #awaiting = true;
  #unsent: PaintedCall[] = [];
  #stopped = false;

  constructor(options: FeedOptions<View>) {
    this.#options = options;
    this.#backoff = new Backoff(options.random ?? Math.random);
    this.#askedAt = this.#provenAt = options.clock.now();
  }

  now(): number {
    return this.#time.at(this.#options.clock.now());
  }

  pace(): number {
    return this.#time.pace;
  }

  silentMs(): number {
    return this.#options.clock.now() - this.#provenAt;
  }

  stop(): void {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#options.clock.clearTimeout(this.#watchTimer);
    this.#drop();
  }

  wake(): void {
    const asking = this.#socket && this.#options.clock.now() - this.#askedAt < STALE_MS_MIN;
    if (this.#stopped || asking || (this.#socket && this.#state.freshness === 'live')) return;
    this.#backoff.succeeded();
    this.#drop();
    this.connect();
  }

  painted(revision: number, calls: readonly PaintedCall[]): void {
    const known = [...this.#unsent, ...calls];
    this.counters.paintedDropped += Math.max(0, known.length - PAINTED_CALLS_MAX);
    this.#unsent = known.slice(-PAINTED_CALLS_MAX);
    if (this.#socket?.readyState !== OPEN) return;
    this.#send({ type: 'painted', revision, calls: this.#unsent });
    this.#unsent = [];
  }

  connect(): void {
    const { clock, open, url } = this.#options;
    clock.clearTimeout(this.#retryTimer);
    this.counters.connects += 1;
    this.#askedAt = clock.now();
    this.#awaiting = true;
    this.#time.connecting();
    let socket: WebSocketLike;
    try {
      socket = open(url);
    } catch (error) {
      this.#report(error, 'open');
      this.#watch();
      this.#retry(this.#backoff.next());
      return;
    }
    this.#socket = socket;
    this.#watch();
    socket.onopen = () => this.#hello(true);
    socket.onmessage = ({ data }: { readonly data: unknown }) => this.#hear(data);
    socket.onerror = () => {};
    socket.onclose = () => this.#reconnect();
  }

  #hello(resume: boolean): void {
    const { clock, view } = this.#options;
    this.#awaiting = true;
    this.#askedAt = clock.now();
    const state = this.#state;
    const known = resume && (state.freshness === 'live' || state.freshness === 'stale');
    this.#send({
      type: 'hello',
      protocol: PROTOCOL,
      view,
      ...(known && { epoch: state.epoch, revision: state.revision }),
    });
  }

  #hear(data: unknown): void {
    const message = decodeServerMessage<View>(data);
    if (message === undefined)
      return this.#bad(`message: is ${typeof data}, should be of protocol`);
    try {
      this.#take(message, this.#options.clock.now());
    } catch (error) {
      this.#report(error, 'apply');
      this.#bad('message: cannot be applied');
    }
  }

  #take(message: ServerMessage<View>, heardAt: number): void {
    if ('now' in message) this.#sample(message, heardAt);
    if ('version' in message && message.version !== undefined) {
      this.#options.onVersion?.(message.version);
    }
    const sentAt = heardAt - ('now' in message ? this.#time.lateness(message.now, heardAt) : 0);
    switch (message.type) {
      case 'snapshot':
        return this.#takeSnapshot(message, sentAt);
      case 'delta':
        return this.#takeDelta(message, sentAt);
      case 'pulse':
        return this.#takePulse(message.revision, sentAt);
      case 'bye':
        this.#drop();
        return this.#retry(this.#backoff.spread(Math.min(message.retry_ms, BYE_MS_MAX)));
      case 'error':
        return this.#refused(message.reason, message.detail);
    }
  }

  #takeSnapshot(message: Extract<ServerMessage<View>, { type: 'snapshot' }>, sentAt: number): void {
    if (message.view !== this.#options.view) return this.#bad(`snapshot: is of ${message.view}`);
    this.counters.snapshots += 1;
    this.#staleMs = staleLimit(message.data);
    this.#proven(message.data, message.epoch, message.revision, sentAt);
    this.#watch();
  }

  #takeDelta(message: Extract<ServerMessage<View>, { type: 'delta' }>, sentAt: number): void {
    const state = this.#state;
    if (state.freshness !== 'live' && state.freshness !== 'stale') return this.#gap();
    // What came twice changes nothing, but says nothing about what is missing either.
    if (message.revision <= state.revision) return;
    if (message.from !== state.revision) return this.#gap();
    this.counters.deltas += 1;
    const data = apply(state.data, message.patch);
    if (!this.#awaiting) return this.#proven(data, state.epoch, message.revision, sentAt);
    // On the way to the present: only the pulse that follows says that it is reached.
    this.#become({ ...state, data, revision: message.revision });
  }

  #takePulse(revision: number, sentAt: number): void {
    const state = this.#state;
    if (state.freshness !== 'live' && state.freshness !== 'stale') return this.#gap();
    if (revision !== state.revision) return this.#gap();
    this.#proven(state.data, state.epoch, state.revision, sentAt);
  }

  /** What is held was the gateway's state at `sentAt` (monotonic): a word that was held up too long proves nothing. */
  #proven(data: View, epoch: string, revision: number, sentAt: number): void {
    this.#awaiting = false;
    this.#backoff.succeeded();
    this.#provenAt = Math.max(this.#provenAt, sentAt);
    const state = this.#state;
    const late = this.#options.clock.now() - sentAt >= this.#staleMs;
    const freshness = late ? 'stale' : 'live';
    const same = state.freshness === freshness && state.data === data && state.epoch === epoch;
    if (!same || state.revision !== revision) {
      const known = { data, epoch, revision };
      if (late) this.#become({ ...known, freshness: 'stale', heardAt: this.#time.at(sentAt) });
      else this.#become({ ...known, freshness: 'live' });
    }
    if (this.#unsent.length > 0) this.painted(revision, []);
  }

  #sample(message: { readonly now: number; readonly pace?: number }, heardAt: number): void {
    this.#time.sample(message.now, heardAt, message.pace);
  }

  /** Something is missing: ask for a snapshot, once; while it does not come, the watch counts. */
  #gap(): void {
    if (this.#awaiting) return;
    this.counters.gaps += 1;
    this.#hello(false);
  }

  #refused(reason: 'view' | 'message' | 'protocol', detail: string): void {
    this.#become({ freshness: 'none', reason, detail });
    this.#backoff.refused();
    this.#reconnect();
  }

  #bad(why: string): void {
    this.counters.badMessages += 1;
    this.#report(new Error(why), 'message');
    this.#reconnect();
  }

  #reconnect(): void {
    this.#drop();
    this.#retry(this.#backoff.next());
  }

  #retry(ms: number): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = clock.setTimeout(() => this.connect(), ms);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    try {
      socket.close();
    } catch (error) {
      this.#report(error, 'close');
    }
  }

  /** Ages the data, and gives up a connection that proves nothing, each when its time has come. */
  #watch(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#watchTimer);
    if (this.#stopped) return;
    const now = clock.now();
    const asked = Math.max(this.#provenAt, this.#askedAt);
    if (now - this.#provenAt >= this.#staleMs) this.#age();
    if (this.#socket && now - asked >= this.#staleMs) this.#reconnect();
    const aging = this.#state.freshness === 'live' || this.#state.freshness === 'loading';
    // Without a connection nothing is due before the next attempt, which watches again.
    if (!aging && !this.#socket) return;
    const due = (aging ? this.#provenAt : asked) + this.#staleMs;
    this.#watchAt(Math.max(due, now + STALE_MS_MIN / 5));
  }

  /** A page that was held up itself hears first what came meanwhile, and only then judges the silence. */
  #watchAt(due: number): void {
    const { clock } = this.#options;
    const look = () => {
      if (clock.now() - due <= HELD_UP_MS) return this.#watch();
      this.#watchTimer = clock.setTimeout(() => this.#watch(), HEAR_FIRST_MS);
    };
    this.#watchTimer = clock.setTimeout(look, due - clock.now());
  }

  #age(): void {
    const state = this.#state;
    if (state.freshness === 'live') {
      const heardAt = this.#time.at(this.#provenAt);
      this.#become({ ...state, freshness: 'stale', heardAt });
    } else if (state.freshness === 'loading') {
      this.#become({ freshness: 'none', reason: 'silent', detail: '' });
    }
  }

  #become(state: FeedState<View>): void {
    this.#state = state;
    if (this.#stopped) return;
    try {
      this.#options.onChange(state);
    } catch (error) {
      this.#report(error, 'change');
    }
  }

  #send(message: ClientMessage): void {
    try {
      this.#socket?.send(JSON.stringify(message));
    } catch (error) {
      this.#report(error, 'send');
    }
  }

  #report(error: unknown, stage: string): void {
    try {
      this.#options.onError?.(error, { stage });
    } catch {
      // a reporter that fails has nobody left to tell
    }
  }
}

function staleLimit(data: object): number {
  const limit = 'staleMs' in data ? Number(data.staleMs) : NaN;
  return Number.isFinite(limit)
    ? Math.min(STALE_MS_MAX, Math.max(STALE_MS_MIN, limit))
    : STALE_MS_MAX;
}
