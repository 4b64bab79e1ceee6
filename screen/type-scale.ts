// The type scale of a screen: sizes in CSS px from millimetres at a viewing distance, not from taste. Numbers can be
// read from where people wait; names from nearer, by those who walk up; notes from arm's length and a bit.

export interface ScreenSize {
  readonly diagonal_in: number;
  /** the panel's pixels, as it hangs */
  readonly width: number;
  readonly height: number;
  readonly distance_m: number;
}

export interface Viewport {
  /** CSS px; the page fills the screen */
  readonly width: number;
  readonly height: number;
}

export type TypeRole = 'hero' | 'number' | 'label' | 'note';
export type RoleSizes = Readonly<Record<TypeRole, number>>;

/** A role that the screen is too small to show at the size its distance asks for; sizes in CSS px. */
export interface FitsWarning {
  readonly role: TypeRole;
  readonly size: number;
  readonly least: number;
  /** up to here (metres) it can be read as it is */
  readonly readable_m: number;
}

export interface TypeScale {
  readonly pxPerMm: number;
  /** font sizes (CSS px) to lay out with */
  readonly size: RoleSizes;
  /** font sizes (CSS px) below which the role cannot be read from its distance */
  readonly least: RoleSizes;
  readonly fits: readonly FitsWarning[];
}

/** Height of a capital or digit, EN 301 549 §5.1.4: an angle of 0.7°, 12.2 mm per metre of distance. */
export const CAPITAL_MM_PER_M = 12.2;
/** Hanzi carry more strokes in the same height: a quarter more. */
export const HANZI_MM_PER_M = CAPITAL_MM_PER_M * 1.25;
/** Heights in em in Noto Sans SC, as measured in the painted glyphs: digits and capitals, the face of a Hanzi. */
export const CAPITAL_EM = 0.733;
export const HANZI_EM = 0.92;

/** From which part of the screen's distance a role is read. */
const READ_FROM: RoleSizes = { hero: 1, number: 1, label: 1 / 5, note: 1 / 7 };
/** Design size and greatest size of a role, in hundredths of the screen's shorter side. */
const DESIGN: RoleSizes = { hero: 26, number: 11, label: 3.6, note: 2.2 };
const GREATEST: RoleSizes = { hero: 44, number: 22, label: 4.6, note: 3.1 };
/** The number just called stands at least so much above the others. */
const HERO_TO_NUMBER = 1.6;
const MM_PER_INCH = 25.4;

/** Font sizes for `screen` shown in `viewport` (both of the same shape); the greatest of what is designed and what is least. */
export function typeScale(screen: ScreenSize, viewport: Viewport = screen): TypeScale {
  const diagonalMm = screen.diagonal_in * MM_PER_INCH;
  const pxPerMm = Math.hypot(viewport.width, viewport.height) / diagonalMm;
  const unit = Math.min(viewport.width, viewport.height) / 100;
  const leastOf = (role: TypeRole) => {
    const distance = screen.distance_m * READ_FROM[role];
    const capital = (CAPITAL_MM_PER_M * distance) / CAPITAL_EM;
    const hanzi = role === 'label' ? (HANZI_MM_PER_M * distance) / HANZI_EM : 0;
    return Math.max(capital, hanzi) * pxPerMm;
  };
  const least = eachRole((role) =>
    role === 'hero' ? leastOf('number') * HERO_TO_NUMBER : leastOf(role),
  );
  const size = eachRole((role) =>
    Math.min(Math.max(DESIGN[role] * unit, least[role]), GREATEST[role] * unit),
  );
  return { pxPerMm, size, least, fits: fitsWarnings(size, least, screen.distance_m) };
}

/** What of `size` cannot be read from its distance; a pixel of rounding is forgiven. */
export function fitsWarnings(
  size: RoleSizes,
  least: RoleSizes,
  distanceM: number,
): readonly FitsWarning[] {
  const roles: readonly TypeRole[] = ['number', 'label', 'note'];
  return roles.flatMap((role) =>
    size[role] + 1 >= least[role]
      ? []
      : [
          {
            role,
            size: size[role],
            least: least[role],
            readable_m: (distanceM * size[role]) / least[role],
          },
        ],
  );
}

function eachRole(sizeOf: (role: TypeRole) => number): RoleSizes {
  return {
    hero: sizeOf('hero'),
    number: sizeOf('number'),
    label: sizeOf('label'),
    note: sizeOf('note'),
  };
}
