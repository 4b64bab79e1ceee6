// A hall, its gateway's live stream and its pages in one virtual time: the gateway restarts, the network misbehaves, and
// what every page shows is held against what the gateway sent as that revision.
import assert from 'node:assert/strict';
import { install } from '@sinonjs/fake-timers';
import { Live } from '../../gateway/live.ts';
import type { LiveState } from '../../gateway/live-state.ts';
import { createSightings } from '../../gateway/live/sightings.ts';
import { createLog } from '../../gateway/log.ts';
import { apply, type Patch } from '../../hall/diff.ts';
import { advance, fold, startHall, type Received } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { cutView } from '../../hall/view/index.ts';
import { connectFeed, type Feed, type FeedState } from '../../screen/feed.ts';
import type { HallConfig } from '../../hall/config.ts';
import { connect, PERFECT, type Manners, type Wire } from './network.ts';
import type { Chance } from './random.ts';

interface Page {
  readonly view: string;
  readonly feed: Feed;
  state: FeedState<object>;
}

type Data = Readonly<Record<string, unknown>>;

const LOOK_MS = 100;
/** "says so within 5 s" */
const STALE_MS_MAX = 5_000;

export class World {
  readonly #chance: Chance;
  readonly #config: HallConfig;
  readonly #timers: ReturnType<typeof install>;
  readonly pages: Page[] = [];
  manners: Manners = PERFECT;
  #hall: Hall;
  #liveState!: LiveState;
  #live: Live | undefined;
  #wires = new Set<Wire>();
  #listeners = new Set<() => void>();
  /** what the gateway sent, by epoch, view and revision */
  readonly #sent = new Map<string, Data>();
  checked = 0;
  /** the latest revision of each view, and since when an earlier one is no longer it */
  readonly #latest = new Map<string, number>();
  readonly #overSince = new Map<string, number>();

  constructor(chance: Chance, config: HallConfig, now: number) {
    this.#chance = chance;
    this.#config = config;
    this.#timers = install({ now });
    this.#hall = startHall(config, now);
    this.startGateway();
  }

  get now(): number {
    return Date.now();
  }

  get hall(): Hall {
    return this.#hall;
  }

  startGateway(): void {
    const present = () => this.#hall;
    const turn = () => this.#change(advance(this.#hall, this.#config, Date.now()));
    const listeners = this.#listeners;
    let revision = Date.now() * 1_000;
    this.#listeners.clear();
    this.#liveState = {
      get hall() {
        return present();
      },
      seq: 0,
      get revision() {
        return revision;
      },
      epoch: `epoch-${this.#chance.below(1e9)}`,
      stats: { foldErrors: 0, checkpoints: 0 },
      nextRevision: () => ++revision,
      tick: turn,
      onChange(listener) {
        const counted = () => {
          revision++;
          listener();
        };
        listeners.add(counted);
        return () => listeners.delete(counted);
      },
      stop: () => Promise.resolve(),
    };
    this.#live = new Live({
      liveState: this.#liveState,
      clock: { now: () => Date.now(), pace: 1 },
      log: createLog({ level: 'error', json: true, write: (line) => assert.fail(line) }),
      sightings: createSightings(() => this.#hall),
      cut: (view) => cutView(view, this.#hall, this.#config, Date.now()),
      mayView: () => true,
      places: { pagesMax: 1_000, perAddress: 1_000, reserved: new Set() },
      version: 'v1',
      observePaint: () => {},
    });
  }

  /** The gateway's process is gone: nobody hears a word. */
  killGateway(): void {
    this.#listeners.clear();
    void this.#live?.stop(0);
    for (const wire of this.#wires) wire.cut();
    this.#wires.clear();
    for (const [name, revision] of this.#latest)
      this.#overSince.set(`${name} ${revision}`, Date.now());
    this.#latest.clear();
    this.#live = undefined;
  }

  openPage(view: string): void {
    const page: Page = {
      view,
      state: { freshness: 'loading' },
      feed: connectFeed<object>({
        url: 'ws://gateway/live',
        view,
        open: () => this.#open(view),
        clock: {
          now: () => performance.now(),
          setTimeout: (run, ms) => setTimeout(run, ms),
          clearTimeout: (timer) => clearTimeout(timer as number),
        },
        random: () => this.#chance.next(),
        onChange: (state) => {
          page.state = state;
          this.#check(page);
        },
        onError: (error) => assert.fail(`feed: ${String(error)}`),
      }),
    };
    this.pages.push(page);
  }

  happens(event: Received): void {
    this.#change(fold(this.#hall, this.#config, event));
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= LOOK_MS) {
      await this.#timers.tickAsync(Math.min(left, LOOK_MS));
      for (const page of this.pages) this.#checkFreshness(page);
    }
  }

  /** What the gateway would send a new page of this view now. */
  present(view: string): unknown {
    return JSON.parse(JSON.stringify(cutView(view, this.#hall, this.#config, Date.now())));
  }

  end(): void {
    for (const { feed } of this.pages) feed.stop();
    this.killGateway();
    this.#timers.uninstall();
  }

  #change(hall: Hall): void {
    if (hall === this.#hall) return;
    this.#hall = hall;
    for (const listener of this.#listeners) listener();
  }

  #open(view: string) {
    const live = this.#live;
    if (!live) throw new Error('connect: refused');
    let last: { epoch: string; data: Data } | undefined;
    const wire = connect(
      this.#chance,
      () => this.manners,
      (text) => {
        const message = JSON.parse(text) as { type: string; epoch: string; revision: number } & {
          data: Data;
          patch: Patch;
          from: number;
        };
        if (message.type === 'snapshot') last = { epoch: message.epoch, data: message.data };
        else if (message.type === 'delta') {
          const epoch = last?.epoch ?? this.#liveState.epoch;
          const base = this.#sent.get(`${epoch} ${view} ${message.from}`);
          assert.ok(base, `delta builds on revision ${message.from}, which was never sent`);
          last = { epoch, data: apply(base, message.patch) };
        } else return;
        this.#sent.set(`${last.epoch} ${view} ${message.revision}`, last.data);
        this.#isLatest(`${last.epoch} ${view}`, message.revision);
      },
    );
    this.#wires.add(wire);
    live.attach(wire.gateway, new Request('http://gateway/live'), 'address');
    return wire.page;
  }

  #isLatest(name: string, revision: number): void {
    const before = this.#latest.get(name);
    // A page that comes back is sent again what it missed.
    if (before !== undefined && revision <= before) return;
    if (before !== undefined) this.#overSince.set(`${name} ${before}`, Date.now());
    this.#latest.set(name, revision);
  }

  /** What a page calls live was the gateway's word within the last five seconds. */
  #checkFreshness({ state, view }: Page): void {
    if (state.freshness !== 'live') return;
    const over = this.#overSince.get(`${state.epoch} ${view} ${state.revision}`);
    const age = over === undefined ? 0 : Date.now() - over;
    assert.ok(age <= STALE_MS_MAX, `${view} shows as live what has been over for ${age} ms`);
  }

  /** Whatever a page shows, the gateway once sent as that revision of that view. */
  #check(page: Page): void {
    const { state, view } = page;
    if (state.freshness !== 'live' && state.freshness !== 'stale') return;
    const sent = this.#sent.get(`${state.epoch} ${view} ${state.revision}`);
    assert.ok(sent, `${view} shows revision ${state.revision} of ${state.epoch}, never sent`);
    assert.deepEqual(
      state.data,
      sent,
      `${view} shows revision ${state.revision} otherwise than sent`,
    );
    this.checked++;
  }
}
