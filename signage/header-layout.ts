// What a screen's head has room for: the least needed goes first, so that nothing is cut.
import type { Name } from '../hall/view/common.ts';
import type { Viewport } from '../screen/type-scale.ts';

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
  /** how much smaller the hall's name is set to fit: 1 where it fits */
  readonly name: number;
}

const LETTER_EM = 0.55;

/** What fits into the head of a page of `width` × `height`; `pad` and type sizes in CSS px too. */
export function headerFit(
  { width, height }: Viewport,
  { pad, label, note }: { readonly pad: number; readonly label: number; readonly note: number },
  { hall, place, demo, mark }: HeaderContent,
): HeaderFit {
  const chinese = ({ zh }: Name) => zh.length * label;
  const english = ({ en }: Name) => (en?.length ?? 0) * note * LETTER_EM;
  const both = (name: Name) => Math.max(chinese(name), english(name));
  const gap = pad * 0.8;
  const clock = label * 5.2;
  const date = note * 8 + gap;
  const marks = (demo ? note * 8.5 : 0) + (mark ? label * 16 : 0);
  const scale = (room: number) => Math.min(1, room / chinese(hall));
  if (height > width) {
    // The hall has the first line with date and clock, the zone the second one with the marks.
    const first = width - pad * 2 - clock - gap;
    const withDate = both(hall) + date <= first;
    return {
      date: withDate,
      english: both(hall) <= first,
      place: chinese(place) + gap + marks <= width - pad * 2,
      name: scale(withDate ? first - date : first),
    };
  }
  const left = width - pad * 2 - clock - marks - gap * 4;
  const withEnglish = both(hall) + both(place) <= left;
  const withPlace = withEnglish || chinese(hall) + chinese(place) <= left;
  return {
    date: both(hall) + both(place) + date <= left,
    english: withEnglish,
    place: withPlace,
    name: withPlace ? 1 : scale(left),
  };
}
