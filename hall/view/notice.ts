// A notice screen's view: what the hall tells, its hours, emergencies. SPEC §7.
import type { Screen } from '../config.ts';
import { notices, screenFace, viewBase, type Cutting } from './base.ts';
import type { Notice, ScreenFace, ViewBase } from './common.ts';

export interface NoticeView extends ViewBase {
  readonly kind: 'notice';
  readonly screen: ScreenFace;
  readonly notices: readonly Notice[];
}

export function noticeCut(cut: Cutting, screen: Screen): NoticeView {
  return {
    ...viewBase(cut, screen.zone),
    kind: 'notice',
    screen: screenFace(cut, screen),
    notices: notices(cut),
  };
}
