// What a player's page should show, held against what stands on the page: each call seen in time, none that is over,
// a clock that goes, the slide that its view asks for. Pure; time is counted while it looks. SPEC §7.
import type { PlayerView } from '../hall/view/slides.ts';
import { timeOfDay } from '../screen/time.ts';

/** What the page's elements say that they are. */
export interface ShownPage {
  /** ids of calls that are wholly visible */
  readonly calls: readonly string[];
  /** the kind of the view that stands, or `emergency` */
  readonly view: string | undefined;
  /** text of the clock, where there is one */
  readonly clock: string | undefined;
}

/** A difference so long is no longer a page that is being drawn. */
const VIEW_MS = 8_000;
const CLOCK_MS = 15_000;
const CALL_MS = 15_000;
/** A call that was old when it came is not announced. */
const NEWS_MS_MAX = 10 * 60_000;
/** So many calls at once take their turns for minutes. */
const CALLS_MAX = 100;
/** A page that stood still has not looked: that time does not count. */
const LOOK_MS_MAX = 2_000;
const MINUTE_MS = 60_000;

export class PageWatch {
  #at: number | undefined;
  /** counted ms of looking */
  #counted = 0;
  readonly #since = new Map<string, number>();
  #seen = new Set<string>();

  /**
   * The differences that have lasted too long, in words for the page's log.
   * @param time the gateway's time, ms since 1970
   * @param now monotonic ms
   */
  look(view: PlayerView, shown: ShownPage, time: number, now: number): readonly string[] {
    this.#counted += Math.min(LOOK_MS_MAX, Math.max(0, now - (this.#at ?? now)));
    this.#at = now;
    const wrong = new Map<string, number>();
    const kind = Object.keys(view.emergencies).length > 0 ? 'emergency' : view.kind;
    if (shown.view !== kind) wrong.set(`view: should be ${kind}`, VIEW_MS);
    const times = [time, time - MINUTE_MS].map((at) => timeOfDay(at, view.hall.timezone));
    if (shown.clock !== undefined && !times.includes(shown.clock)) wrong.set('clock', CLOCK_MS);
    if (kind !== 'emergency') this.#calls(view, shown, time, wrong);
    return this.#lasting(wrong);
  }

  #calls(view: PlayerView, shown: ShownPage, time: number, wrong: Map<string, number>): void {
    const known = callsOf(view);
    const stays = view.kind === 'calls' ? view.settings.callMs * 3 : 0;
    for (const id of shown.calls) {
      if (!known.has(id)) wrong.set(`call ${id}: is over, should be gone`, CALL_MS + stays);
    }
    const onPage = new Set(shown.calls);
    this.#seen = new Set([...known.keys()].filter((id) => this.#seen.has(id) || onPage.has(id)));
    const awaited = [...known].filter(
      ([id, { state, at }]) => state === 'called' && time - at < NEWS_MS_MAX && !this.#seen.has(id),
    );
    if (known.size > CALLS_MAX) return;
    const turn = view.kind === 'calls' ? view.settings.callMs * known.size : 0;
    for (const [id] of awaited) wrong.set(`call ${id}: should stand`, CALL_MS + turn);
  }

  #lasting(wrong: ReadonlyMap<string, number>): string[] {
    for (const what of this.#since.keys()) if (!wrong.has(what)) this.#since.delete(what);
    const lasting: string[] = [];
    for (const [what, limit] of wrong) {
      const since = this.#since.get(what) ?? this.#counted;
      this.#since.set(what, since);
      if (this.#counted - since >= limit) lasting.push(what);
    }
    return lasting;
  }
}

interface Called {
  readonly state: 'called' | 'serving';
  readonly at: number;
}

function callsOf(view: PlayerView): ReadonlyMap<string, Called> {
  if (view.kind === 'calls') return new Map(Object.entries(view.calls));
  if (view.kind === 'window' && view.call) return new Map([[view.call.id, view.call]]);
  return new Map();
}
