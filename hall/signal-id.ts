// Ids for signals that bring none, made of their content, so that a second arrival is known. SPEC §2.5.
import type { Stream } from './topic.ts';

/**
 * `auto:` + at in base 36 + 53 bits of hash.
 * @param index the signal's place in its message where it has no `at` of its own; -1 where it has
 */
export function deriveId(
  { device, stream }: { readonly device: string; readonly stream: Stream },
  signal: object,
  at: number,
  index: number,
): string {
  const content = `${device}/${stream}/${index}/${JSON.stringify(signal)}`;
  return `auto:${at.toString(36)}-${digest(content)}`;
}

/** 53 bits in base 36: two 32-bit multiplicative hashes with MurmurHash3's finalizer. */
export function digest(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
