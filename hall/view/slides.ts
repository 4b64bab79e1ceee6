// The public slides: what each is made of, and how urgent its view is. A layout without its slide does not compile, nor does
// a slide that does not say when it has nothing to show. SPEC §7.26.
import type { Screen } from '../config.ts';
import { ofHall, type Parts } from './cut.ts';
import type { PlayerLayout } from '../page.ts';
import type { Urgency } from './common.ts';
import type { ViewBase, ViewKind, ViewOf } from './kind.ts';
import { calls } from './part/calls.ts';
import { places, services } from './part/guide.ts';
import { missed } from './part/missed.ts';
import { queues } from './part/queues.ts';
import { notices, screenFace } from './part/screen.ts';
import { boardSettings } from './part/settings.ts';
import { windowFreshness, zoneFreshness } from './part/freshness.ts';
import { signCall, signQueue, signWindow, staffCard } from './part/window.ts';

/** The leadership wall is a page of its own. */
type SlideLayout = Exclude<Screen['layout'], 'wall'>;

/** A view kind of public screens: its kind is their layout. */
export interface Slide<Kind extends SlideLayout = SlideLayout> extends ViewKind<Kind> {
  readonly parameter: 'screen';
  readonly audience: 'public';
  readonly urgency: NonNullable<ViewKind['urgency']>;
}

/**
 * Declares a slide.
 * @param usual how urgent it is without an emergency, which outranks everything else; undefined: nothing to show
 */
function slide<const Kind extends SlideLayout, P extends Parts, U extends Urgency | undefined>(
  kind: Kind,
  parts: P,
  usual: (view: ViewOf<ViewKind<Kind, P>>) => U,
) {
  const urgency = (view: ViewOf<ViewKind<Kind, P>> & ViewBase): U | 'alarm' =>
    Object.keys(view.emergencies).length > 0 ? 'alarm' : usual(view);
  return { kind, parameter: 'screen', audience: 'public', parts, urgency } as const;
}

export const SLIDES = {
  calls: slide(
    'calls',
    {
      screen: screenFace,
      settings: boardSettings,
      calls,
      missed,
      queues,
      notices,
      freshness: zoneFreshness,
    },
    ({ calls, missed, queues, notices }) => {
      const rows = Object.values(calls);
      if (rows.some(({ state }) => state === 'called')) return 'call';
      const waiting = Object.values(queues).map((queue) => queue.waiting);
      if (rows.length > 0 || waiting.some((people) => people > 0)) return 'service';
      const items = waiting.length + notices.length + Object.keys(missed).length;
      return items > 0 ? 'information' : undefined;
    },
  ),
  window: slide(
    'window',
    {
      screen: screenFace,
      window: signWindow,
      call: signCall,
      queue: signQueue,
      staff: staffCard,
      freshness: windowFreshness,
    },
    ({ call }) => (!call ? 'information' : call.state === 'called' ? 'call' : 'service'),
  ),
  notice: slide('notice', { screen: screenFace, notices }, ({ notices }) =>
    notices.length > 0 ? 'information' : undefined,
  ),
  kiosk: slide(
    'kiosk',
    {
      screen: screenFace,
      queues: ofHall(queues),
      places,
      services,
      notices,
      freshness: ofHall(zoneFreshness),
    },
    ({ queues, services, notices }) => {
      const items = Object.keys(queues).length + services.length + notices.length;
      return items > 0 ? 'information' : undefined;
    },
  ),
} as const satisfies { readonly [L in SlideLayout]: Slide<L> };

export type BoardView = ViewOf<typeof SLIDES.calls>;
export type SignView = ViewOf<typeof SLIDES.window>;
export type NoticeView = ViewOf<typeof SLIDES.notice>;
export type KioskView = ViewOf<typeof SLIDES.kiosk>;
export type ScreenView = ViewOf<(typeof SLIDES)[SlideLayout]>;
/** The views that the player shows. */
export type PlayerView = Extract<ScreenView, { readonly kind: PlayerLayout }>;
