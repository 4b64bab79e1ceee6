// The hall file's settings of device health: how long devices may be silent, and what makes a fault. SPEC §12.
import { amount, exact, or, whole } from './values.ts';

/**
 * Seconds without any signal, opening hours only. A dispenser and a counter report by the minute, a caller or evaluator
 * is quiet while nobody is served, sensors on batteries report by the hour. Whoever said `online` has a last will that
 * tells when it is gone, so that only a program that hangs is silent: `connected`.
 */
export const silence = exact({
  dispenser: or(amount(1, 604_800), 180),
  caller: or(amount(1, 604_800), 600),
  evaluator: or(amount(1, 604_800), 3_600),
  counter: or(amount(1, 604_800), 180),
  screen: or(amount(1, 604_800), 300),
  kiosk: or(amount(1, 604_800), 600),
  speaker: or(amount(1, 604_800), 3_600),
  sensor: or(amount(1, 604_800), 7_200),
  camera: or(amount(1, 604_800), 600),
  network: or(amount(1, 604_800), 300),
  other: or(amount(1, 604_800), 3_600),
  connected: or(amount(1, 604_800), 14_400),
});

export const faults = exact({
  /** a device that is back within so long was no fault */
  after_s: or(amount(0, 3_600), 5),
  /** a fault that does not show for so long has ended */
  calm_s: or(amount(0, 3_600), 5),
  /** devices that are not on yet when the hall opens have so long */
  opening_min: or(amount(0, 240), 10),
  /** so many devices lost within so long are one fault */
  together_min: or(whole(2, 10_000), 5),
  together_s: or(amount(1, 3_600), 120),
  /** lost so often within so long: it flaps */
  flapping_times: or(whole(2, 8), 3),
  flapping_min: or(amount(1, 1_440), 15),
  clock_s: or(amount(0.1, 3_600), 5),
  paper_pct: or(amount(0, 100), 15),
  battery_pct: or(amount(0, 100), 20),
  temp_c: or(amount(-50, 200), 60),
  rssi_dbm: or(amount(-150, 0), -80),
  link_rtt_ms: or(amount(1, 60_000), 300),
  link_loss_pct: or(amount(0.1, 100), 5),
  /** a year whose holidays nobody knows is told so many days before it begins, and more urgently in the last ones */
  holidays_days: or(whole(0, 366), 60),
  holidays_urgent_days: or(whole(0, 366), 30),
});
