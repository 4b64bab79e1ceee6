// What a fault is, for those who find them and those who show them. SPEC §12.
import type { Name } from '../view/common.ts';

/**
 * `gateway` a part of the gateway itself; `network` a line of the hall; `uplink` a switch or gateway device with what is
 * behind it; `together` many devices at once; `lost` a device that is gone, `silent` one that hangs, `flapping` one that
 * comes and goes; `device` what a device says of itself; `clock`, `paper`, `battery`, `temperature`, `signal` a limit
 * that was passed; `never` devices of the hall file that were never heard; `budget` a limit that is nearly used up;
 * `identity` one id or name of two; `emergency` an alarm that is in doubt; `hall-file` something that the hall file should say;
 * `access` somebody may see or do what is not for them.
 */
export const FAULT_KINDS = [
  'gateway',
  'network',
  'uplink',
  'together',
  'lost',
  'silent',
  'flapping',
  'device',
  'clock',
  'paper',
  'battery',
  'temperature',
  'signal',
  'never',
  'budget',
  'identity',
  'emergency',
  'hall-file',
  'access',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** 3: the hall's work suffers; 2: a device is out; 1: to be looked after. */
export type Severity = 1 | 2 | 3;

export interface Fault {
  /** the same as long as the fault stands; letters, digits and `.:-_` */
  readonly id: string;
  readonly kind: FaultKind;
  readonly severity: Severity;
  /** ms since 1970 */
  readonly since: number;
  /** what is */
  readonly title: Name;
  /** what to do */
  readonly action: Name;
  /** more about it; in one language where it is the part's or device's own text */
  readonly detail?: Name;
  /** every device that it explains, the cause first where it is one */
  readonly devices: readonly string[];
  /** the device that is the cause of the others' */
  readonly cause?: string;
}
