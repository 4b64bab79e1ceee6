// The managers' view: every window and queue with its pressure, the day's figures and curve. Not for public screens. SPEC §7.7.
import type { ViewKind, ViewOf } from './kind.ts';
import { advices } from './part/advices.ts';
import { curve } from './part/curve.ts';
import { figures } from './part/figures.ts';
import { liveQueues } from './part/live-queues.ts';
import { liveWindows } from './part/live-windows.ts';
import { liveZones } from './part/live-zones.ts';
import { notes, trouble } from './part/notes.ts';
import { callOrder } from './part/order.ts';
import { planFloors } from './part/plan.ts';
import { outlook } from './part/outlook.ts';
import { thresholds } from './part/settings.ts';
import { takenAdvices } from './part/taken.ts';
import { zoneFreshness } from './part/freshness.ts';
import { standby } from './part/standby.ts';

export type { LiveFigures } from './part/figures.ts';
export type { Level, LiveQueue } from './part/live-queues.ts';
export type { LiveWindow } from './part/live-windows.ts';
export type { LiveZone } from './part/live-zones.ts';
export type { PlanFloor } from './part/plan.ts';
export type { Note, Trouble } from './part/notes.ts';
export type { TakenAdvice } from './part/taken.ts';
export type { Outlook, OutlookBin } from './part/outlook.ts';

export const LIVE = {
  kind: 'live',
  parameter: undefined,
  audience: ['viewer', 'manager', 'facility', 'clerk', 'admin'],
  parts: {
    trouble,
    notes,
    thresholds,
    floors: planFloors,
    zones: liveZones,
    windows: liveWindows,
    queues: liveQueues,
    advices,
    takenAdvices,
    callOrder,
    figures,
    curve,
    outlook,
    freshness: zoneFreshness,
    standby,
  },
} as const satisfies ViewKind;

export type LiveView = ViewOf<typeof LIVE>;
