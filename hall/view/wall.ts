// The leadership wall: the hall in four seconds, and the scenes that explain it. Not for public screens. SPEC 25.
import type { ViewKind, ViewOf } from './kind.ts';
import { cards, wallSettings } from './part/cards.ts';
import { cases } from './part/cases.ts';
import { curve } from './part/curve.ts';
import { decidedOnTheSpot, evaluation, overdue, peakHour } from './part/day-so-far.ts';
import { departments } from './part/departments.ts';
import { states } from './part/device-rows.ts';
import { figures } from './part/figures.ts';
import { halls } from './part/halls.ts';
import { zoneFreshness } from './part/freshness.ts';
import { liveQueues } from './part/live-queues.ts';
import { liveWindows } from './part/live-windows.ts';
import { liveZones } from './part/live-zones.ts';
import { outlook } from './part/outlook.ts';
import { periods } from './part/periods.ts';
import { planFloors } from './part/plan.ts';
import { callOrder } from './part/order.ts';
import { onDuty, posts } from './part/posts.ts';
import { thresholds } from './part/settings.ts';
import { standby } from './part/standby.ts';
import { warnings } from './part/warnings.ts';

export const WALL = {
  kind: 'wall',
  parameter: undefined,
  audience: ['viewer', 'manager', 'facility', 'admin'],
  parts: {
    settings: wallSettings,
    thresholds,
    floors: planFloors,
    zones: liveZones,
    windows: liveWindows,
    queues: liveQueues,
    figures,
    evaluation,
    onTheSpot: decidedOnTheSpot,
    peak: peakHour,
    overdue,
    curve,
    outlook,
    periods,
    departments,
    halls,
    posts,
    callOrder,
    onDuty,
    cases,
    cards,
    devices: states,
    warnings,
    freshness: zoneFreshness,
    standby,
  },
} as const satisfies ViewKind;

export type WallView = ViewOf<typeof WALL>;
