// The parts of the hall file that the fold follows, ready to be looked up. SPEC §4.
import type { HallConfig } from './config.ts';
import type { CallerSettings } from './config/callers.ts';
import { callerSettings } from './config/senders.ts';

export interface Rules {
  /** what follows from a device's calls where nothing else is said */
  caller(device: string): CallerSettings;
  /** the hall file has this device */
  isListed(device: string): boolean;
  readonly listed: number;
  /** a visit without a step for so long does not go into the next day of a hall that is open at midnight */
  readonly visitMs: number;
}

const known = new WeakMap<HallConfig, Rules>();

export function rulesOf(config: HallConfig): Rules {
  const before = known.get(config);
  if (before) return before;
  const listed = new Set(config.devices.map(({ id }) => id));
  const rules: Rules = {
    caller: (device) => callerSettings(config, device),
    isListed: (device) => listed.has(device),
    listed: listed.size,
    visitMs: config.limits.visit_hours * 3_600_000,
  };
  known.set(config, rules);
  return rules;
}
