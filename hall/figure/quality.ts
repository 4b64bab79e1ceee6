// How surely calls reached the screen. Durations in ms.
import type { Figure } from './figure.ts';

/** Calls seen on at least one screen of their zone within 2 s ÷ calls; `undefined` in `delaysMs` was never seen. */
export function callDelivery(
  delaysMs: readonly (number | undefined)[],
  limitMs = 2000,
): { readonly inTime: Figure; readonly lost: number } | undefined {
  const n = delaysMs.length;
  if (n === 0) return undefined;
  const seen = delaysMs.filter((ms) => ms !== undefined);
  const inTime = seen.filter((ms) => ms <= limitMs).length;
  return { inTime: { value: inTime / n, n }, lost: n - seen.length };
}
