// What the parts of a page at work share without handing it on: the hall's view, its time, its time zone, its freshness.
import { createContext } from 'svelte';
import type { Freshness } from '../hall/view/common.ts';
import type { ViewBase } from '../hall/view/kind.ts';
import { HallClock } from '../screen/clock.svelte.ts';
import { panelFreshness } from '../screen/freshness.ts';
import { HallStore } from '../screen/hall.svelte.ts';
import { changeTime } from './opening.ts';

type PageView = ViewBase & { readonly standby?: true };

const [usePage, provide] = createContext<Omit<HallPage, 'hall'>>();
/** The page whose part the component is. */
export { usePage };

export class HallPage<View extends PageView = PageView> {
  readonly hall: HallStore<View>;
  readonly clock: HallClock;
  readonly #freshnessOf: (view: View) => Freshness | undefined;
  readonly view = $derived.by(() => this.hall.data);
  /** of the page as a whole, and of the panels, which show what the hall's devices say */
  readonly freshness = $derived.by(() => panelFreshness(this.hall.state));
  readonly panel = $derived.by(() =>
    panelFreshness(this.hall.state, this.view && this.#freshnessOf(this.view)),
  );
  /** Nothing ages on a page that is stale: its numbers are of the time when they were last true. */
  readonly now = $derived.by(() => {
    const { freshness } = this;
    return freshness.state === 'stale' && freshness.at !== undefined
      ? freshness.at
      : this.clock.now;
  });
  readonly minute = $derived(Math.floor(this.now / 60_000) * 60_000);
  readonly timezone = $derived.by(() => this.hall.timezone);
  /** "13:30" of the next opening or closing, where it is known */
  readonly changesAt = $derived.by(() => this.view && changeTime(this.view, this.minute));

  /** In the script of the page's root. `view`: the view's name; `freshnessOf`: how fresh the view's figures are. */
  constructor(view: string, freshnessOf: (view: View) => Freshness | undefined = () => undefined) {
    this.#freshnessOf = freshnessOf;
    this.hall = new HallStore(view);
    this.clock = new HallClock(this.hall);
    provide(this);
  }
}
