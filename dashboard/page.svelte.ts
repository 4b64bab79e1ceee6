// What the parts of a page at work share without handing it on: the hall's view, its time, its time zone, its freshness.
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Freshness } from '../hall/view/common.ts';
import type { ViewBase } from '../hall/view/kind.ts';
import { HallClock } from '../screen/clock.svelte.ts';
import type { FeedState } from '../screen/feed.ts';
import { panelFreshness } from '../screen/freshness.ts';
import { HallStore } from '../screen/hall.svelte.ts';
import { changeTime } from './opening.ts';

type PageView = ViewBase & { readonly standby?: true };
type PanelFreshness = ReturnType<typeof panelFreshness>;

const [usePage, provide] = createContext<Omit<HallPage, 'hall'>>();
/** The page whose part the component is. */
export { usePage };

export class HallPage<View extends PageView = PageView> {
  readonly hall: HallStore<View>;
  readonly clock: HallClock;
  readonly #freshnessOf: (view: View) => Freshness | undefined;
  readonly #parts = new ViewParts<View>();
  #isKnown = $state(false);
  #freshness = $state.raw<PanelFreshness>(panelFreshness({ freshness: 'loading' }));
  #panel = $state.raw<PanelFreshness>(panelFreshness({ freshness: 'loading' }));
  /** Nothing ages on a page that is stale: its numbers are of the time when they were last true. */
  readonly now = $derived.by(() => {
    const { freshness } = this;
    return freshness.state === 'stale' && freshness.at !== undefined
      ? freshness.at
      : this.clock.now;
  });
  readonly minute = $derived(Math.floor(this.now / 60_000) * 60_000);
  /** "13:30" of the next opening or closing, where it is known */
  readonly changesAt = $derived.by(() => this.view && changeTime(this.view, this.minute));

  /** In the script of the page's root. `view`: the view's name; `freshnessOf`: how fresh the view's figures are. */
  constructor(view: string, freshnessOf: (view: View) => Freshness | undefined = () => undefined) {
    this.#freshnessOf = freshnessOf;
    this.hall = new HallStore(view);
    this.clock = new HallClock(this.hall);
    this.hall.watch((state) => this.#take(state));
    provide(this);
  }

  /** The view, whether it is live or stale. One object for the whole page: whoever reads a part of it is woken by that part alone. */
  get view(): View | undefined {
    this.hall.keepConnected();
    return this.#isKnown ? this.#parts.view : undefined;
  }

  /** Of the page as a whole. */
  get freshness(): PanelFreshness {
    this.hall.keepConnected();
    return this.#freshness;
  }

  /** Of the panels, which show what the hall's devices say. */
  get panel(): PanelFreshness {
    this.hall.keepConnected();
    return this.#panel;
  }

  get timezone(): string {
    return this.hall.timezone;
  }

  #take(state: FeedState<View>): void {
    const data = 'data' in state ? state.data : undefined;
    if (data !== undefined) this.#parts.set(data);
    this.#isKnown = data !== undefined;
    this.#freshness = same(this.#freshness, panelFreshness(state));
    this.#panel = same(this.#panel, panelFreshness(state, data && this.#freshnessOf(data)));
  }
}

/** The object before, where the new one says the same. */
function same<T>(before: T, next: T): T {
  return JSON.stringify(before) === JSON.stringify(next) ? before : next;
}

/** A view of which each part is a signal of its own. */
class ViewParts<View extends object> {
  readonly #values = new SvelteMap<string | symbol, unknown>();
  readonly view = new Proxy({} as View, {
    get: (_target, name) => this.#values.get(name),
    has: (_target, name) => this.#values.has(name),
  });

  /** Takes the view as it is now. To be called where news arrive, never from an effect. */
  set(view: View): void {
    for (const name of [...this.#values.keys()]) {
      if (!Object.hasOwn(view, name)) this.#values.delete(name);
    }
    for (const [name, value] of Object.entries(view)) this.#values.set(name, value);
  }
}
