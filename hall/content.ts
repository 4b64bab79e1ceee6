// Files that the hall shows, named by the SHA-256 of their bytes: which types there are, how the hall file names one, which
// ones are in use, for how long the others stay. SPEC §23.
import type { HallConfig } from './config.ts';
import type { Hall } from './state.ts';
import { entries } from './table.ts';

export type ContentKind = 'image' | 'document' | 'video' | 'audio';

/** Every type that is stored, as its media type (IANA), with what it is shown as. */
export const CONTENT_TYPES = {
  'image/png': 'image',
  'image/jpeg': 'image',
  'image/webp': 'image',
  'image/gif': 'image',
  'image/avif': 'image',
  'image/svg+xml': 'image',
  'application/pdf': 'document',
  'video/mp4': 'video',
  'video/webm': 'video',
  'audio/mpeg': 'audio',
  'audio/ogg': 'audio',
  'audio/wav': 'audio',
} as const satisfies Readonly<Record<string, ContentKind>>;
export type ContentType = keyof typeof CONTENT_TYPES;

export const CONTENT_HASH = /^[0-9a-f]{64}$/;
const REFERENCE = /^content:([0-9a-f]{64})$/;

export function isContentHash(text: string): boolean {
  return CONTENT_HASH.test(text);
}

/** `content:HASH`, as the hall file names a stored file. */
export function contentReference(hash: string): string {
  return `content:${hash}`;
}

/** The hash that a reference names; undefined for every other text, such as a path. */
export function referencedHash(text: string | undefined): string | undefined {
  return text === undefined ? undefined : REFERENCE.exec(text)?.[1];
}

/** Where pages get the file from. */
export function contentAddress(hash: string): string {
  return `/content/${hash}`;
}

/** A reference, or the relative path of a file in the hall file's folder or below it. */
export function isContentName(text: string): boolean {
  if (text.startsWith('content:')) return REFERENCE.test(text);
  if (/[\\:\0]/.test(text)) return false;
  return text.split('/').every((part) => part !== '' && !part.startsWith('.'));
}

const DAY_MS = 86_400_000;
/** An upload of the same bytes so long after the last one is another event: the time to be named begins anew. */
export const RENEW_MS = DAY_MS / 2;

/** Hashes of all files that the hall names now. What nobody names is removed after a time. */
export function usedContent(config: HallConfig, _hall: Hall): ReadonlySet<string> {
  const named = [
    ...config.staff.map(({ photo }) => photo),
    ...config.floors.map(({ plan }) => plan),
  ];
  return new Set(named.map(referencedHash).filter((hash) => hash !== undefined));
}

/** Hashes of all files that both gateways of a pair should have: those in use, and uploads that may still be named. */
export function wantedContent(config: HallConfig, hall: Hall): ReadonlySet<string> {
  const wanted = new Set(usedContent(config, hall));
  for (const [hash] of entries(hall.uploads)) wanted.add(hash);
  return wanted;
}

/** Whether a file that nobody names has had its time since then, its last upload or use. */
export function hasExpired(at: number, days: number, now: number): boolean {
  return now - at >= days * DAY_MS;
}
