// The window sign's view (窗口屏): the number, the window's state, its services, and the legally shown staff card. SPEC §7.
import type { TicketClass, WindowStateName } from '../signal.ts';
import type { ScreenFace } from './board.ts';
import type { Name, SourceFreshness, ViewBase } from './common.ts';

export interface StaffCard {
  readonly name: string;
  readonly post?: Name;
  readonly department?: Name;
  /** 政治面貌 */
  readonly party?: string;
  readonly photo?: string;
  readonly substitute?: true;
}

export interface SignView extends ViewBase {
  readonly kind: 'window';
  readonly screen: ScreenFace;
  readonly window: {
    readonly id: string;
    readonly label: string;
    readonly name?: Name;
    readonly department?: Name;
    readonly services: readonly Name[];
    readonly state: WindowStateName | 'unknown';
    readonly since?: number;
  };
  readonly call?: {
    readonly id: string;
    readonly ticket: string;
    readonly state: 'called' | 'serving';
    readonly at: number;
    readonly nth: number;
    readonly class: TicketClass;
  };
  readonly staff?: StaffCard;
  readonly source: SourceFreshness;
}
