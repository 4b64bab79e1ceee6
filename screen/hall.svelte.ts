// A page's view of the hall as Svelte state: connected while anything on the page reads it, replaced whole by the feed.
import { createContext } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';
import type { ViewBase } from '../hall/view/kind.ts';
import { aroundPage } from './around-page.ts';
import { connectFeed, type Feed, type FeedState } from './feed.ts';
import { watchOtherGateway } from './other-gateway.ts';
import { heardVersion, pageReloads } from './page-reload.ts';
import { watchPaint } from './painted.ts';

const [useHall, provide] = createContext<Pick<HallStore<ViewBase>, 'timezone'>>();
/** The store of the page whose part the component is. */
export { useHall };

export class HallStore<View extends ViewBase> {
  readonly view: string;
  #state = $state.raw<FeedState<View>>({ freshness: 'loading' });
  #feed: Feed | undefined;
  #listeners: readonly ((state: FeedState<View>) => void)[] = [];
  readonly #connected: () => void;

  #timezone = $state.raw('Asia/Shanghai');

  /** The hall's time zone. Wakes nobody where news leave it as it is. */
  get timezone(): string {
    this.#connected();
    return this.#timezone;
  }

  /**
   * In the script of the page's root, whose parts then have the store. `view`: the view's name, such as `live` or
   * `screen:b1`; `url`: the live stream's address.
   */
  constructor(view: string, url: string = liveUrl(location)) {
    this.view = view;
    this.#connected = createSubscriber(() => this.#connect(url));
    provide(this);
  }

  /** What is known, with its freshness. Reading it in an effect or a template keeps the page connected. */
  get state(): FeedState<View> {
    this.#connected();
    return this.#state;
  }

  /** The view's data, whether it is live or stale; undefined where there is none. */
  get data(): View | undefined {
    const state = this.state;
    return state.freshness === 'live' || state.freshness === 'stale' ? state.data : undefined;
  }

  /** Keeps the page connected as reading `state` does, without waking whoever calls this at news. */
  keepConnected(): void {
    this.#connected();
  }

  /** Calls `listener` with each state before anyone reads it; returns what ends that. */
  watch(listener: (state: FeedState<View>) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The gateway's time (ms since 1970), or 0 before its first message. Not reactive: HallClock ticks. */
  now(): number {
    return this.#feed?.now() ?? 0;
  }

  /** How many ms of the gateway's time pass in one of the page's: 1 but in a demo. */
  pace(): number {
    return this.#feed?.pace() ?? 1;
  }

  #connect(url: string): () => void {
    const paint = watchPaint({
      root: document.documentElement,
      revision: () => ('revision' in this.#state ? this.#state.revision : undefined),
      now: () => this.now(),
      report: ({ revision, calls }) => feed.painted(revision, calls),
    });
    const feed = connectFeed<View>({
      url,
      view: this.view,
      open: (address) => new WebSocket(address),
      clock: {
        now: () => performance.now(),
        setTimeout: (run, ms) => setTimeout(run, ms),
        clearTimeout: (timer) => clearTimeout(timer as number | undefined),
      },
      onChange: (state) => {
        if (state.freshness === 'live') pageReloads.well();
        if (state.freshness === 'none' && state.reason === 'protocol') pageReloads.want('protocol');
        for (const listener of this.#listeners) listener(state);
        if ('data' in state) this.#timezone = state.data.hall.timezone;
        this.#state = state;
        paint.changed();
      },
      onVersion: heardVersion,
      onError: (error, { stage }) => console.warn(`live stream, ${stage}:`, error),
    });
    this.#feed = feed;
    const stay = watchOtherGateway(() => feed.silentMs(), aroundPage());
    const mutations = new MutationObserver(() => paint.changed());
    mutations.observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['data-call'],
    });
    const wake = () => feed.wake();
    const shown = () => {
      if (document.visibilityState !== 'visible') return;
      feed.wake();
      paint.changed();
    };
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', shown);
    return () => {
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', shown);
      mutations.disconnect();
      paint.stop();
      stay();
      feed.stop();
      this.#feed = undefined;
    };
  }
}

function liveUrl({ protocol, host }: Location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/live`;
}
