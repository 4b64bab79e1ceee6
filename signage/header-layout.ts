// What a screen's head has room for: the least needed goes first, so that nothing is cut.
import type { Name } from '../hall/view/common.ts';

export interface HeaderContent {
  readonly hall: Name;
  readonly place: Name;
  readonly demo: boolean;
  /** whether the age of the data has to be said */
  readonly mark: boolean;
}

export interface HeaderFit {
  readonly date: boolean;
  /** the English of hall and zone */
  readonly english: boolean;
  readonly place: boolean;
}

const LETTER_EM = 0.55;

/** `width`, `pad` and type sizes in CSS px. */
export function headerFit(
  width: number,
  { pad, label, note }: { readonly pad: number; readonly label: number; readonly note: number },
  { hall, place, demo, mark }: HeaderContent,
): HeaderFit {
  const chinese = ({ zh }: Name) => zh.length * label;
  const both = (name: Name) => Math.max(chinese(name), (name.en?.length ?? 0) * note * LETTER_EM);
  const fixed =
    pad * 2 + label * 5.2 + (demo ? note * 8.5 : 0) + (mark ? label * 11 : 0) + pad * 0.8 * 4;
  const left = width - fixed;
  const date = note * 8 + pad * 0.8;
  const english = both(hall) + both(place) <= left;
  return {
    date: both(hall) + both(place) + date <= left,
    english,
    place: english || chinese(hall) + chinese(place) <= left,
  };
}
