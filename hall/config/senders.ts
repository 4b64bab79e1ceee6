// What the hall file says of a sender: two names of one device, who may raise an alarm, what follows from a caller's calls.
import { indexHall, type Device, type HallConfig } from '../config.ts';
import type { CallerSettings } from './callers.ts';

/** The device that a name stands for: `same_as` of the hall file makes two names of one sender one. */
export function senderOf(config: HallConfig, device: string): string {
  return indexHall(config).devices.get(device)?.same_as ?? device;
}

/** Whether an alarm of this device counts: any device's where the hall file names none (`emergency_from`). */
export function mayRaiseEmergency(config: HallConfig, device: string): boolean {
  const { emergency_from: allowed } = config;
  if (allowed === undefined) return true;
  const sender = senderOf(config, device);
  return allowed.some((id) => id === device || senderOf(config, id) === sender);
}

/** What counts for the calls of a device: its own settings over the hall's. */
export function callerSettings(config: HallConfig, device: string): CallerSettings {
  const own = indexHall(config).devices.get(device)?.caller;
  return own === undefined ? config.callers : overlay(config.callers, own);
}

function overlay(hall: CallerSettings, own: NonNullable<Device['caller']>): CallerSettings {
  return {
    next_call: own.next_call ?? hall.next_call,
    serving_after_s: own.serving_after_s ?? hall.serving_after_s,
    no_show_under_s: own.no_show_under_s ?? hall.no_show_under_s,
    service_max_min: own.service_max_min ?? hall.service_max_min,
  };
}
