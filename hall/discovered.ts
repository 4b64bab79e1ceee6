// A device that was heard but does not belong to the hall yet: it counts for nothing until somebody accepts it.
import type { DeviceKind } from './config.ts';

export interface Discovered {
  /** name of the source in the hall file; `mqtt` for one that speaks the contract itself */
  readonly source: string;
  /** its name within the source; for `mqtt` its device id */
  readonly address: string;
  /** an id of the hall file's form, made of its name, that is still free */
  readonly suggestedId: string;
  readonly name?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly kind?: DeviceKind;
  readonly available?: boolean;
  /** ms since 1970 */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** messages heard since firstSeen */
  readonly messages: number;
  /** the newest payload as text, shortened: what a technician recognises it by */
  readonly sample?: string;
}
