// The live stream: pages say which view they show and what they last had; they get the deltas since, or a snapshot,
// then every change as it comes, and a pulse each second. hall/protocol.ts has the messages, SPEC §6 the rules.
import type { Budget } from '../hall/gateway-status.ts';
import type { Hall } from '../hall/state.ts';
import type { Clock } from './clock.ts';
import { upgradeWebSocket } from './http/upgrade.ts';
import type { SocketLimits } from './http/websocket.ts';
import type { LiveState } from './live-state.ts';
import { CLOSE } from './http/frames.ts';
import {
  Page,
  PAGE_LIMITS,
  type Hello,
  type Painted,
  type PageEvents,
  type PageLimits,
} from './live/page.ts';
import { Places, type Place, type PlaceLimits } from './live/places.ts';
import { createSchedule } from './live/schedule.ts';
import type { Sightings } from './live/sightings.ts';
import { deltaText, pulseText, snapshotText, View } from './live/view.ts';
import type { Log } from './log.ts';

export interface LiveOptions {
  readonly liveState: LiveState;
  readonly clock: Clock;
  readonly log: Log;
  readonly sightings: Sightings;
  /** The data of a view now: plain null-free JSON; undefined for a view that does not exist. */
  readonly cut: (view: string) => unknown;
  /** The one place that decides who may see which view. */
  readonly mayView: (request: Request, address: string, view: string) => boolean;
  readonly places: PlaceLimits;
  /** of the pages that this gateway serves */
  readonly version: string;
  /** A screen painted a call so long (s, real time) after the device's `at`. */
  readonly observePaint: (seconds: number, view: string) => void;
  readonly pageLimits?: Partial<PageLimits>;
  readonly socketLimits?: Partial<SocketLimits>;
}

export interface LiveStats {
  clients: number;
  resyncs: number;
  snapshots: number;
  deltas: number;
  refused: number;
  closedSlow: number;
  badMessages: number;
  cutErrors: number;
}

/** A view with the pages that show it. */
interface Watched {
  readonly view: View;
  readonly pages: Set<Page>;
  /** performance.now() when its last page left */
  emptySince: number;
  /** its last cut failed: what its pages show is no longer known to be true */
  failing: boolean;
}

const PULSE_MS = 1_000;
/** What is not urgent reaches a page within so long, so that pages are busy with calls when calls come. */
const CALM_MS = 100;
/** A view without pages is not cut, but its deltas are kept for pages that come back so soon. */
const KEEP_VIEW_MS = 120_000;
const VIEW_LIMITS = { deltas: 500, characters: 2_000_000 };
/** Connections that have not said yet what they want: the oldest makes room for a new one. */
const WAITING_MAX = 100;
/** A view that has pages is cut when that is due; one that has none, when a page comes and so much has passed. */
const CUT_PACE = 5;
const STOP_MS = 1_000;
/** Pages say little: a page that says more is read slowly. */
const SOCKET: Partial<SocketLimits> = {
  messageBytesMax: 64 * 1024,
  framesPerSecond: 300,
  bytesPerSecond: 128 * 1024,
};

export class Live {
  readonly stats: LiveStats = {
    ...{ clients: 0, resyncs: 0, snapshots: 0, deltas: 0 },
    ...{ refused: 0, closedSlow: 0, badMessages: 0, cutErrors: 0 },
  };
  readonly #options: LiveOptions;
  readonly #limits: PageLimits;
  /** every connected page, with what it shows after its hello */
  readonly #pages = new Map<Page, Watched | undefined>();
  readonly #views = new Map<string, Watched>();
  /** those without a hello, the oldest first */
  readonly #waiting = new Set<Page>();
  readonly #held = new Map<Page, Place>();
  readonly #places: Places;
  readonly #schedule = createSchedule((view) => this.#refresh(view));
  readonly #unfollow: () => void;
  #told: Pick<Hall, 'calls' | 'emergencies'>;
  readonly #pulseTimer: ReturnType<typeof setInterval>;
  readonly #events: PageEvents = {
    hello: (page, hello) => this.#greet(page, hello),
    painted: (page, painted) => this.#painted(page, painted),
    bad: () => void this.stats.badMessages++,
    gone: (page) => this.#gone(page),
    closed: (page) => this.#closed(page),
  };
  #onEmpty: (() => void) | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#told = options.liveState.hall;
    this.#places = new Places(options.places);
    this.#limits = { ...PAGE_LIMITS, ...options.pageLimits };
    this.#unfollow = options.liveState.onChange(() => {
      const withinMs = this.#isUrgent() ? 0 : CALM_MS;
      this.#schedule.markDirty(this.#watched(), withinMs);
    });
    this.#pulseTimer = setInterval(() => this.#pulse(), PULSE_MS);
  }

  /** What could be used up: places of pages. */
  budgets(): Budget[] {
    return [this.#places.budget()];
  }

  /** Answers the upgrade of one page. Its place is found when it has said what it shows. */
  upgrade(request: Request, address: string): Response {
    const limits = { ...SOCKET, ...this.#options.socketLimits };
    const { socket, response } = upgradeWebSocket(request, { limits });
    this.attach(socket, request, address);
    return response;
  }

  /** Serves a page on a socket that is open, or about to be. */
  attach(socket: WebSocket, request: Request, address: string): void {
    const { version } = this.#options;
    const page = new Page(socket, { request, address, version }, this.#events, this.#limits);
    this.#pages.set(page, undefined);
    this.#waiting.add(page);
    if (this.#waiting.size > WAITING_MAX) {
      // A page says hello at once: whoever has said nothing for longest is the least likely to be one.
      const [oldest] = this.#waiting;
      oldest?.end();
    }
    this.stats.clients = this.#pages.size;
  }

  /** Shows what was committed, tells every page to come back after `retryMs`, then closes. */
  async stop(retryMs: number): Promise<void> {
    clearInterval(this.#pulseTimer);
    this.#unfollow();
    for (const view of this.#watched()) this.#refresh(view);
    this.#schedule.stop();
    if (this.#pages.size === 0) return;
    const empty = Promise.withResolvers<void>();
    this.#onEmpty = empty.resolve;
    const deadline = setTimeout(empty.resolve, STOP_MS);
    for (const page of this.#pages.keys()) {
      page.tell({ type: 'bye', retry_ms: retryMs });
      page.close(CLOSE.goingAway, 'stopping');
    }
    await empty.promise;
    clearTimeout(deadline);
  }

  /** A call or an alarm, which nobody may miss: everything else waits to go together. */
  #isUrgent(): boolean {
    const { calls, emergencies } = this.#options.liveState.hall;
    const told = this.#told;
    this.#told = { calls, emergencies };
    return calls !== told.calls || emergencies !== told.emergencies;
  }

  *#watched(): Generator<View> {
    for (const { view, pages } of this.#views.values()) if (pages.size > 0) yield view;
  }

  /** Cuts a view anew and sends what changed, serialised once, to all its pages. */
  #refresh(view: View): void {
    const watched = this.#views.get(view.name);
    if (watched === undefined) return;
    const { liveState, clock } = this.#options;
    try {
      const delta = view.refresh((from) =>
        liveState.revision > from ? liveState.revision : liveState.nextRevision(),
      );
      watched.failing = false;
      if (delta === undefined) return;
      this.stats.deltas++;
      const text = deltaText(delta, clock.now());
      for (const page of watched.pages) page.send(text);
    } catch (error) {
      this.#failed(error, view.name, watched.failing);
      watched.failing = true;
    }
  }

  /** A failure that goes on is told once. */
  #failed(error: unknown, view: string, known: boolean): void {
    this.stats.cutErrors++;
    if (!known) this.#options.log.onError(error, { stage: 'view', about: view });
  }

  /** Each second: time passes, lagging pages are looked after, every page hears that nothing is missing. */
  #pulse(): void {
    const { liveState, clock, log } = this.#options;
    try {
      liveState.tick();
    } catch (error) {
      log.onError(error, { stage: 'tick' });
    }
    this.#schedule.markDirty(this.#watched());
    for (const watched of this.#views.values()) {
      const text = pulseText(watched.view, clock.now());
      // Without a pulse the pages of a view that cannot be cut call themselves stale, which they are.
      for (const page of watched.failing ? [] : watched.pages) {
        const was = page.lagging;
        if (was && page.drained(this.#events)) {
          this.stats.resyncs++;
          this.#sendSnapshot(page, watched);
        } else if (!was) {
          page.send(text);
        }
      }
      if (watched.pages.size > 0) continue;
      if (performance.now() - watched.emptySince < KEEP_VIEW_MS) continue;
      this.#views.delete(watched.view.name);
      this.#schedule.drop(watched.view);
    }
  }

  /** The view by name, fresh; nothing where there is no such view. */
  #watch(name: string): Watched | undefined {
    const { liveState, cut } = this.#options;
    const known = this.#views.get(name);
    if (known !== undefined) {
      const { view, pages } = known;
      const isFresh = performance.now() - view.cutAt < CUT_PACE * view.costMs;
      if (pages.size === 0 && isFresh) this.#schedule.markDirty([view]);
      else if (pages.size === 0) this.#refresh(view);
      return known;
    }
    if (cut(name) === undefined) return undefined;
    const view = new View(name, () => cut(name), VIEW_LIMITS);
    view.refresh(() => liveState.revision);
    const watched = {
      ...{ view, pages: new Set<Page>() },
      ...{ emptySince: performance.now(), failing: false },
    };
    this.#views.set(name, watched);
    return watched;
  }

  #greet(page: Page, hello: Hello): void {
    try {
      this.#hello(page, hello);
    } catch (error) {
      this.#failed(error, hello.view, false);
      page.close(CLOSE.internal, 'view');
    }
  }

  #hello(page: Page, hello: Hello): void {
    const { liveState, clock, mayView } = this.#options;
    const may = mayView(page.request, page.address, hello.view);
    const watched = may ? this.#watch(hello.view) : undefined;
    if (watched === undefined) {
      this.stats.badMessages++;
      const detail = `view: is "${hello.view}", should be one that this hall has and you may see`;
      page.tell({ type: 'error', reason: 'view', detail });
      page.close(CLOSE.policy, 'view');
      return;
    }
    if (!this.#seat(page, hello.view)) return;
    page.greeted(clock.now(), hello.epoch !== undefined);
    this.#leave(page);
    this.#pages.set(page, watched);
    watched.pages.add(page);
    // It has not taken what it was sent: a snapshot comes when it has.
    if (page.lagging) return;
    const { epoch, revision } = hello;
    const missed =
      epoch === liveState.epoch && revision !== undefined
        ? watched.view.since(revision)
        : undefined;
    if (missed === undefined) {
      if (epoch !== undefined) this.stats.resyncs++;
      this.#sendSnapshot(page, watched);
      return;
    }
    const now = clock.now();
    for (const delta of missed) page.send(deltaText(delta, now));
    page.send(pulseText(watched.view, now));
  }

  /** Finds the page a place when it first says hello; it keeps that place. */
  #seat(page: Page, view: string): boolean {
    this.#waiting.delete(page);
    if (this.#held.has(page)) return true;
    const place = this.#places.take(page.address, view);
    this.stats.refused = this.#places.refused;
    if (place === undefined) {
      page.close(CLOSE.tryAgain, 'too many pages');
      return false;
    }
    this.#held.set(page, place);
    return true;
  }

  #painted(page: Page, { calls }: Painted): void {
    const { sightings, observePaint, clock } = this.#options;
    const view = this.#pages.get(page)?.view.name;
    if (view === undefined) return;
    for (const { id, at } of calls) {
      const afterMs = sightings.note(view, id, at);
      // A page that was opened after the call has not delivered it late.
      if (afterMs === undefined || !page.wasThereAt(at - afterMs)) continue;
      observePaint(Math.max(0, afterMs) / 1000 / clock.pace, view);
    }
  }

  #sendSnapshot(page: Page, { view }: Watched): void {
    const { liveState, clock, version } = this.#options;
    this.stats.snapshots++;
    const { epoch } = liveState;
    page.send(snapshotText(view, { epoch, now: clock.now(), pace: clock.pace, version }));
  }

  #leave(page: Page): void {
    const watched = this.#pages.get(page);
    watched?.pages.delete(page);
    if (watched?.pages.size === 0) watched.emptySince = performance.now();
  }

  #gone(page: Page): void {
    this.#leave(page);
    this.#waiting.delete(page);
    if (!this.#pages.delete(page)) return;
    if (page.lagging) this.stats.closedSlow++;
    this.stats.clients = this.#pages.size;
    if (this.#pages.size === 0) this.#onEmpty?.();
  }

  #closed(page: Page): void {
    this.#gone(page);
    const place = this.#held.get(page);
    if (place !== undefined) this.#places.leave(place);
    this.#held.delete(page);
  }
}
