// The device that an address points at. Pure.

/** The id after `#`, or undefined where there is none; an address that is no legal one points at nothing. */
export function pointedAt(hash: string): string | undefined {
  try {
    return decodeURIComponent(hash.slice(1)) || undefined;
  } catch {
    return undefined;
  }
}
