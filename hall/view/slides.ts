// The public slides: what each is made of, and whether it has anything to show. A slide without anything to show is left
// out of a screen's programme; of the others the most urgent stands.
import type { Screen } from '../config.ts';
import { ofHall, type Parts } from './cut.ts';
import type { ViewBase, ViewKind, ViewOf } from './kind.ts';
import { calls } from './part/calls.ts';
import { places, services } from './part/guide.ts';
import { missed } from './part/missed.ts';
import { queues } from './part/queues.ts';
import { notices, screenFace } from './part/screen.ts';
import { boardSettings } from './part/settings.ts';
import { windowSource, zoneSource } from './part/source.ts';
import { signCall, signQueue, signWindow, staffCard } from './part/window.ts';

/**
 * How urgent a slide is; a greater one outranks a smaller one, and a slide of the same urgency waits for its turn.
 * `alarm`: an emergency of the screen's zone. `call`: somebody is called and has not come yet. `service`: people are served
 * or wait. `information`: what the hall tells whoever has time.
 */
export const URGENCY = { alarm: 100, call: 60, service: 40, information: 20 } as const;

export interface Showing {
  readonly urgency: (typeof URGENCY)[keyof typeof URGENCY];
}

/** A view kind of public screens: its kind is their layout. */
export interface Slide<
  Kind extends Screen['layout'] = Screen['layout'],
  P extends Parts = Parts,
> extends ViewKind<Kind, P> {
  readonly parameter: 'screen';
  readonly audience: 'public';
  /** pure; undefined: nothing to show */
  readonly shows: (view: ViewOf<ViewKind<Kind, P>>) => Showing | undefined;
}

/** Declares a slide; an emergency outranks whatever else it shows. */
function slide<const Kind extends Screen['layout'], P extends Parts>(
  kind: Kind,
  parts: P,
  ordinary: (view: ViewOf<ViewKind<Kind, P>>) => keyof typeof URGENCY | undefined,
): Slide<Kind, P> {
  const shows = (view: ViewOf<ViewKind<Kind, P>> & ViewBase): Showing | undefined => {
    const isAlarm = Object.keys(view.emergencies).length > 0;
    const level = isAlarm ? 'alarm' : ordinary(view);
    return level && { urgency: URGENCY[level] };
  };
  return { kind, parameter: 'screen', audience: 'public', parts, shows };
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
      source: zoneSource,
    },
    (view) => {
      const states = Object.values(view.calls).map(({ state }) => state);
      if (states.includes('called')) return 'call';
      const isWaitedFor = Object.values(view.queues).some(({ waiting }) => waiting > 0);
      if (states.length > 0 || isWaitedFor) return 'service';
      const hasQueues = Object.keys(view.queues).length > 0;
      return hasQueues || view.notices.length > 0 ? 'information' : undefined;
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
      source: windowSource,
    },
    ({ call }) =>
      call === undefined ? 'information' : call.state === 'called' ? 'call' : 'service',
  ),
  notice: slide('notice', { screen: screenFace, notices }, (view) =>
    view.notices.length > 0 ? 'information' : undefined,
  ),
  kiosk: slide(
    'kiosk',
    {
      screen: screenFace,
      queues: ofHall(queues),
      places,
      services,
      notices,
      source: ofHall(zoneSource),
    },
    (view) => {
      const isOfUse = view.services.length + view.notices.length > 0;
      return isOfUse || Object.keys(view.queues).length > 0 ? 'information' : undefined;
    },
  ),
} as const;

export type BoardView = ViewOf<typeof SLIDES.calls>;
export type SignView = ViewOf<typeof SLIDES.window>;
export type NoticeView = ViewOf<typeof SLIDES.notice>;
export type KioskView = ViewOf<typeof SLIDES.kiosk>;
export type ScreenView = BoardView | SignView | NoticeView | KioskView;
