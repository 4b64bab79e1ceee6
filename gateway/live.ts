// The live stream: pages say which view they show and what they last had; they get the deltas since, or a snapshot,
// then every change as it comes, and a pulse each second. hall/protocol.ts has the messages, SPEC §6 the rules.
import type { Hall } from '../hall/state.ts';
import type { Clock } from './clock.ts';
import { upgradeWebSocket } from './http/upgrade.ts';
import type { SocketLimits } from './http/websocket.ts';
import type { Hub } from './hub.ts';
import { CLOSE } from './http/frames.ts';
import {
  Page,
  PAGE_LIMITS,
  type Hello,
  type Painted,
  type PageEvents,
  type PageLimits,
} from './live/page.ts';
import { createSchedule } from './live/schedule.ts';
import type { Sightings } from './live/sightings.ts';
import { deltaText, pulseText, snapshotText, View } from './live/view.ts';
import type { Log } from './log.ts';

export interface LiveOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly sightings: Sightings;
  /** The data of a view now: plain null-free JSON; undefined for a view that does not exist. */
  readonly cut: (view: string) => unknown;
  /** The one place that decides who may see which view. */
  readonly mayView: (request: Request, view: string) => boolean;
  readonly pagesMax: number;
  /** A screen painted a call so long (s, real time) after the device's `at`. */
  readonly observePaint: (seconds: number, view: string) => void;
  readonly pageLimits?: Partial<PageLimits>;
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
/** WebSockets of one address, as a share of all: one machine cannot take every place. */
const ADDRESS_SHARE = 0.5;
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
  readonly #addresses = new Map<string, number>();
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
    this.#told = options.hub.hall;
    this.#limits = { ...PAGE_LIMITS, ...options.pageLimits };
    this.#unfollow = options.hub.onChange(() => {
      const withinMs = this.#isUrgent() ? 0 : CALM_MS;
      this.#schedule.markDirty(this.#watched(), withinMs);
    });
    this.#pulseTimer = setInterval(() => this.#pulse(), PULSE_MS);
  }

  /** Answers the upgrade of one page, or says why not. */
  upgrade(request: Request, address: string): Response {
    const present = this.#addresses.get(address) ?? 0;
    const { pagesMax } = this.#options;
    if (this.#pages.size >= pagesMax || present >= Math.ceil(pagesMax * ADDRESS_SHARE)) {
      this.stats.refused++;
      return new Response('too many pages, try again later\n', {
        status: 503,
        headers: { 'retry-after': '5', 'content-type': 'text/plain; charset=utf-8' },
      });
    }
    const { socket, response } = upgradeWebSocket(request, { limits: SOCKET });
    this.attach(socket, request, address);
    return response;
  }

  /** Serves a page on a socket that is open, or about to be. */
  attach(socket: WebSocket, request: Request, address: string): void {
    this.#pages.set(new Page(socket, request, address, this.#events, this.#limits), undefined);
    this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
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
    const { calls, emergencies } = this.#options.hub.hall;
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
    const { hub, clock } = this.#options;
    try {
      const delta = view.refresh((from) =>
        hub.revision > from ? hub.revision : hub.nextRevision(),
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
    if (!known) this.#options.log.onError(error, { stage: `view ${view}` });
  }

  /** Each second: time passes, lagging pages are looked after, every page hears that nothing is missing. */
  #pulse(): void {
    const { hub, clock, log } = this.#options;
    try {
      hub.tick();
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
    const known = this.#views.get(name);
    if (known !== undefined) {
      this.#refresh(known.view);
      return known;
    }
    const { hub, cut } = this.#options;
    if (cut(name) === undefined) return undefined;
    const view = new View(name, () => cut(name), VIEW_LIMITS);
    view.refresh(() => hub.revision);
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
    const { hub, clock, mayView } = this.#options;
    const watched = mayView(page.request, hello.view) ? this.#watch(hello.view) : undefined;
    if (watched === undefined) {
      this.stats.badMessages++;
      const detail = `view: is "${hello.view}", should be one that this hall has and you may see`;
      page.tell({ type: 'error', reason: 'view', detail });
      page.close(CLOSE.policy, 'view');
      return;
    }
    page.greeted(clock.now(), hello.epoch !== undefined);
    this.#leave(page);
    this.#pages.set(page, watched);
    watched.pages.add(page);
    const { epoch, revision } = hello;
    const missed =
      epoch === hub.epoch && revision !== undefined ? watched.view.since(revision) : undefined;
    if (missed === undefined) {
      if (epoch !== undefined) this.stats.resyncs++;
      this.#sendSnapshot(page, watched);
      return;
    }
    const now = clock.now();
    for (const delta of missed) page.send(deltaText(delta, now));
    page.send(pulseText(watched.view, now));
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
    const { hub, clock } = this.#options;
    this.stats.snapshots++;
    page.send(snapshotText(view, hub.epoch, clock.now(), clock.pace));
  }

  #leave(page: Page): void {
    const watched = this.#pages.get(page);
    watched?.pages.delete(page);
    if (watched?.pages.size === 0) watched.emptySince = performance.now();
  }

  #gone(page: Page): void {
    this.#leave(page);
    if (!this.#pages.delete(page)) return;
    if (page.lagging) this.stats.closedSlow++;
    this.stats.clients = this.#pages.size;
    if (this.#pages.size === 0) this.#onEmpty?.();
  }

  #closed(page: Page): void {
    this.#gone(page);
    const left = (this.#addresses.get(page.address) ?? 1) - 1;
    if (left > 0) this.#addresses.set(page.address, left);
    else this.#addresses.delete(page.address);
  }
}
