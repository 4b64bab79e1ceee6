// Which pictures there are: every page at every size, in halls and moments drawn from a seed.
import { SCENES } from '../../hall/scene.ts';
import { chance } from '../sim/random.ts';
import { MOMENTS, SIZES, type Recipe, type Size } from './halls.ts';

export interface Picture {
  readonly name: string;
  readonly path: string;
  readonly size: Size;
  readonly recipe: Recipe;
}

const PAGES = [
  '/screen/board',
  '/screen/lobby',
  '/screen/sign',
  '/screen/notice',
  '/dashboard/live',
  '/dashboard/devices',
] as const;
/** A managers' page is read at a desk or in the hand, never on a strip. */
const STRIP = 5;

/** A wall has a composition of its own for each of these ratios. */
const WALLS: readonly Size[] = [
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
  { width: 3840, height: 1080 },
  { width: 5760, height: 1080 },
  { width: 1080, height: 1920 },
];

/** Every page × size, each in a hall and at a moment of its own; of the wall every scene. */
export function allPictures(seed: number): Picture[] {
  const luck = chance(seed);
  const pictures: Picture[] = [];
  for (const path of PAGES) {
    for (const size of SIZES) {
      if (path.startsWith('/dashboard') && size.width / size.height > STRIP) continue;
      for (const moment of MOMENTS) {
        const recipe = { seed: luck.below(1_000_000), moment, size, plain: luck.happens(0.3) };
        const page = path.split('/').at(-1);
        const name = `${page}-${size.width}x${size.height}-${moment}-${recipe.seed}`;
        pictures.push({ name, path, size, recipe });
      }
    }
  }
  for (const scene of SCENES) {
    for (const size of WALLS) {
      for (const moment of MOMENTS) {
        const recipe = { seed: luck.below(1_000_000), moment, size, plain: luck.happens(0.3) };
        const name = `wall-${scene}-${size.width}x${size.height}-${moment}-${recipe.seed}`;
        pictures.push({ name, path: `/dashboard/wall?scene=${scene}`, size, recipe });
      }
    }
  }
  return pictures;
}

/** `count` of them, drawn so that each page and size comes about as often. */
export function somePictures(seed: number, count: number): Picture[] {
  const luck = chance(seed + 1);
  const all = allPictures(seed)
    .map((picture) => ({ picture, at: luck.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ picture }) => picture);
  const chosen: Picture[] = [];
  const used = new Map<string, number>();
  while (chosen.length < count && all.length > 0) {
    const place = ({ path, size }: Picture) => `${path.split('?')[0]} ${size.width}`;
    const uses = (picture: Picture) => used.get(place(picture)) ?? 0;
    const next = all.reduce((best, picture) => (uses(picture) < uses(best) ? picture : best));
    all.splice(all.indexOf(next), 1);
    used.set(place(next), uses(next) + 1);
    chosen.push(next);
  }
  return chosen;
}
