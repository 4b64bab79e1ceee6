// Every view by its name: `live`, `devices`, `wall`, and of each public screen `screen:{id}`, of a kiosk also `kiosk:{id}`. SPEC
// §6.9, §7.
import { indexHall, type HallConfig, type Screen } from '../config.ts';
import { NO_STATUS, type GatewayStatus } from '../gateway-status.ts';
import type { Hall } from '../state.ts';
import { cutting, hasScopes, type Subject } from './cut.ts';
import { DEVICES, type DevicesView } from './devices.ts';
import { cutKind, type ViewKind } from './kind.ts';
import { LIVE, type LiveView } from './live.ts';
import { SLIDES, type ScreenView } from './slides.ts';
import { WALL, type WallView } from './wall.ts';

export type { ViewKind } from './kind.ts';
export type { ScreenView } from './slides.ts';
export type View = ScreenView | LiveView | DevicesView | WallView;

export const VIEW_KINDS: readonly ViewKind[] = [LIVE, DEVICES, WALL, ...Object.values(SLIDES)];

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
  gatewayStatus: GatewayStatus = NO_STATUS,
): View | undefined {
  const found = find(name, config);
  if (!found) return undefined;
  const cut = cutting(hall, config, now, gatewayStatus);
  // The kinds of the table are those that the union is made of.
  return cutKind(found.kind, cut, found.subject) as View;
}

/** The kind of this hall's view of that name, with its audience; undefined where the hall has no such view. */
export function viewKindOf(name: string, config: HallConfig): ViewKind | undefined {
  return find(name, config)?.kind;
}

/** Whether this hall has a view of that name. */
export function hasView(name: string, config: HallConfig): boolean {
  return find(name, config) !== undefined;
}

interface Found {
  readonly kind: ViewKind;
  readonly subject: Subject;
}

function find(name: string, config: HallConfig): Found | undefined {
  const whole = VIEW_KINDS.find(({ kind, parameter }) => parameter === undefined && kind === name);
  if (whole) return { kind: whole, subject: {} };
  const [prefix = '', ...rest] = name.split(':');
  const screen = indexHall(config).screens.get(rest.join(':'));
  if (!screen || !(prefix === 'screen' || (prefix === 'kiosk' && screen.layout === 'kiosk'))) {
    return undefined;
  }
  // The leadership wall is a page of its own, not a public screen.
  const kind = VIEW_KINDS.find((one) => one.parameter === 'screen' && one.kind === screen.layout);
  const subject = subjectOf(screen, config);
  return kind && hasScopes(kind.parts, subject) ? { kind, subject } : undefined;
}

/** A window sign is for the zone of its window. */
function subjectOf(screen: Screen, config: HallConfig): Subject {
  if (screen.layout !== 'window') return { screen, zone: screen.zone };
  const window = indexHall(config).windows.get(screen.window ?? '');
  return { screen, window, zone: window?.zone };
}
