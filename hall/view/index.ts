// Every view by its name: `screen:{id}`, `kiosk:{id}` (public), `live`, `devices`. SPEC §6.9, §7.
import { indexHall, type HallConfig, type Screen } from '../config.ts';
import { NOTHING_OUTSIDE, type Outside } from '../outside.ts';
import type { Hall } from '../state.ts';
import { cutting, type Cutting } from './base.ts';
import { boardCut, type BoardView } from './board.ts';
import { devicesCut, type DevicesView } from './devices.ts';
import { kioskCut, type KioskView } from './kiosk.ts';
import { liveCut, type LiveView } from './live.ts';
import { noticeCut, type NoticeView } from './notice.ts';
import { signCut, type SignView } from './sign.ts';

export type ScreenView = BoardView | SignView | NoticeView | KioskView;
export type View = ScreenView | LiveView | DevicesView;

/**
 * Cuts a view: plain JSON without null. The same hall, file and `now` (ms since 1970) give an equal view; rows that did
 * not change are the same reference. Some of it changes with time alone: cut again at least once a second.
 * @param outside how the gateway's parts are and which devices it discovered; nothing by default
 * @returns undefined for a name that this hall does not have
 */
export function cutView(
  name: string,
  hall: Hall,
  config: HallConfig,
  now: number,
  outside: Outside = NOTHING_OUTSIDE,
): View | undefined {
  const cut = cuttingOf(name, config);
  return cut?.(cutting(hall, config, now, outside));
}

/** Whether this hall has a view of that name. */
export function hasView(name: string, config: HallConfig): boolean {
  return cuttingOf(name, config) !== undefined;
}

/** Public views may be had by anyone; the others by whoever works here. */
export function isPublic(name: string): boolean {
  return name.startsWith('screen:') || name.startsWith('kiosk:');
}

function cuttingOf(
  name: string,
  config: HallConfig,
): ((cut: Cutting) => View | undefined) | undefined {
  if (name === 'live') return liveCut;
  if (name === 'devices') return devicesCut;
  const [kind, id = ''] = name.split(':', 2);
  const screen = indexHall(config).screens.get(id);
  if (!screen) return undefined;
  if (kind === 'kiosk') return (cut) => kioskCut(cut, screen);
  return kind === 'screen' ? screenCutting(screen) : undefined;
}

function screenCutting(screen: Screen): ((cut: Cutting) => ScreenView | undefined) | undefined {
  switch (screen.layout) {
    case 'calls':
      return (cut) => boardCut(cut, screen);
    case 'window':
      return (cut) => signCut(cut, screen);
    case 'notice':
      return (cut) => noticeCut(cut, screen);
    case 'kiosk':
      return (cut) => kioskCut(cut, screen);
    // The leadership wall is a page of its own, not a public screen.
    case 'wall':
      return undefined;
  }
}
