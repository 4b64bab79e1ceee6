// The public slides: what each is made of. A layout without its slide does not compile.
import type { Screen } from '../config.ts';
import { ofHall, type Parts } from './cut.ts';
import type { PlayerLayout } from '../page.ts';
import type { ViewKind, ViewOf } from './kind.ts';
import { calls } from './part/calls.ts';
import { places, services } from './part/guide.ts';
import { missed } from './part/missed.ts';
import { queues } from './part/queues.ts';
import { notices, screenFace } from './part/screen.ts';
import { boardSettings } from './part/settings.ts';
import { windowSource, zoneSource } from './part/source.ts';
import { signCall, signQueue, signWindow, staffCard } from './part/window.ts';

/** The leadership wall is a page of its own. */
type SlideLayout = Exclude<Screen['layout'], 'wall'>;

/** A view kind of public screens: its kind is their layout. */
function slide<const Kind extends SlideLayout, P extends Parts>(kind: Kind, parts: P) {
  return { kind, parameter: 'screen', audience: 'public', parts } as const;
}

export const SLIDES = {
  calls: slide('calls', {
    screen: screenFace,
    settings: boardSettings,
    calls,
    missed,
    queues,
    notices,
    source: zoneSource,
  }),
  window: slide('window', {
    screen: screenFace,
    window: signWindow,
    call: signCall,
    queue: signQueue,
    staff: staffCard,
    source: windowSource,
  }),
  notice: slide('notice', { screen: screenFace, notices }),
  kiosk: slide('kiosk', {
    screen: screenFace,
    queues: ofHall(queues),
    places,
    services,
    notices,
    source: ofHall(zoneSource),
  }),
} as const satisfies { readonly [L in SlideLayout]: ViewKind<L> };

export type BoardView = ViewOf<typeof SLIDES.calls>;
export type SignView = ViewOf<typeof SLIDES.window>;
export type NoticeView = ViewOf<typeof SLIDES.notice>;
export type KioskView = ViewOf<typeof SLIDES.kiosk>;
export type ScreenView = ViewOf<(typeof SLIDES)[SlideLayout]>;
/** The views that the player shows. */
export type PlayerView = Extract<ScreenView, { readonly kind: PlayerLayout }>;
