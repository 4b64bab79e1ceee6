// The mark of a figure on a page: its name, its value before it is rounded for the reader, its n, and the one thing that the
// figure is of. Other programs and tests read the marks; docs/contract.md has their meaning. Pure.
import type { FigureName } from '../hall/figure/catalogue.ts';

/** Figures of the present alone, and of what is expected. */
export const PRESENT_FIGURES = [
  'waiting',
  'serving',
  'windows_open',
  'longest_ms',
  'away',
  'devices',
  'present',
  'load',
  'estimate',
  'peak_per_hour',
  'warnings',
  'forecast',
  'devices_down',
  'faults',
  'emergencies',
] as const;

/** Those, and the figures of any period by their names in `/api/v1/figures`. Shares 0…1, spans in ms. */
export type Figure = FigureName | (typeof PRESENT_FIGURES)[number];

/** What the figure is of: ids of the hall file; `from` and `to` (RFC 3339) where that is not today so far. */
type Of = Partial<
  Record<
    | 'queue'
    | 'window'
    | 'zone'
    | 'department'
    | 'floor'
    | 'service'
    | 'staff'
    | 'class'
    | 'device'
    | 'hall'
    | 'state'
    | 'from'
    | 'to',
    string
  >
>;

/** A value as views have it: alone, or with the number of cases behind it. */
type Value = number | string | { readonly value: number; readonly n: number };

export type Mark = Readonly<Record<`data-${string}`, string | number | undefined>>;

/** Attributes for the element that shows the figure; `data-value` is absent where there is no value. */
export function figure(name: Figure, value: Value | undefined, of: Of = {}): Mark {
  const [exact, n] = typeof value === 'object' ? [value.value, value.n] : [value];
  const marks: Record<`data-${string}`, string | number | undefined> = {
    'data-figure': name,
    'data-value': exact,
    'data-n': n,
  };
  for (const [key, id] of Object.entries(of)) marks[`data-${key}`] = id;
  return marks;
}

/** The mark of an expected wait: minutes "from-to". */
export function estimate(band: { readonly from: number; readonly to: number } | undefined, of: Of) {
  return figure('estimate', band && `${band.from}-${band.to}`, of);
}
