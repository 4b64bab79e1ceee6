// The device page's view: what is wrong, every device of the hall file and every one that was heard, with how it is, and
// those that were discovered. SPEC §7.10, §12.
import type { ViewKind, ViewOf } from './kind.ts';
import { devices, states } from './part/device-rows.ts';
import {
  discovered,
  faults,
  floors,
  limits,
  listeningSince,
  windowLabels,
  zones,
} from './part/devices.ts';
import { zoneFreshness } from './part/freshness.ts';
import { planFloors } from './part/plan.ts';
import { standby } from './part/standby.ts';

export type { DeviceRow } from './part/device-rows.ts';
export type { DeviceLimits, DiscoveredRow } from './part/devices.ts';

export const DEVICES = {
  kind: 'devices',
  parameter: undefined,
  audience: ['viewer', 'manager', 'facility', 'admin'],
  parts: {
    devices,
    states,
    faults,
    discovered,
    floors,
    zones,
    plan: planFloors,
    windows: windowLabels,
    limits,
    listeningSince,
    freshness: zoneFreshness,
    standby,
  },
} as const satisfies ViewKind;

export type DevicesView = ViewOf<typeof DEVICES>;
