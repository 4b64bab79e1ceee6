// The smallest files of each stored type: as many bytes as decide about it, the pictures whole.
import type { ContentType } from '../../hall/content.ts';

const text = (value: string) => new TextEncoder().encode(value);
const join = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? text(part) : part)]));
const base64 = (value: string) => Uint8Array.from(atob(value), (sign) => sign.charCodeAt(0));

/** One transparent point. */
export const png = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
);

/** Three frames of 128 kbit/s and 44.1 kHz, of 417 bytes each. */
export const mp3 = new Uint8Array(3 * 417);
for (let at = 0; at < mp3.length; at += 417) mp3.set([0xff, 0xfb, 0x90, 0x00], at);

export const svg = text(
  '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><rect width="2" height="2"/></svg>',
);

export const samples: Readonly<Record<ContentType, Uint8Array<ArrayBuffer>>> = {
  'image/png': png,
  'image/jpeg': join([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF'),
  'image/webp': join('RIFF', [26, 0, 0, 0], 'WEBPVP8L'),
  'image/gif': join('GIF89a', [1, 0, 1, 0, 0, 0, 0]),
  'image/avif': join([0, 0, 0, 24], 'ftypmif1', [0, 0, 0, 0], 'mif1avif'),
  'image/svg+xml': svg,
  'application/pdf': join('%PDF-1.7\n'),
  'video/mp4': join([0, 0, 0, 24], 'ftypisom', [0, 0, 2, 0], 'isommp41'),
  'video/webm': join([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], 'webm'),
  'audio/mpeg': mp3,
  'audio/ogg': join('OggS', [0, 2]),
  'audio/wav': join('RIFF', [36, 0, 0, 0], 'WAVEfmt '),
};
