// Which type a file has, read from its first bytes and from nothing else: a name or a header may say anything.
import type { ContentType } from '../../hall/content.ts';

/** So many first bytes decide; an SVG's root element stands within them. */
export const HEAD_BYTES = 4096;

interface Signature {
  readonly type: ContentType;
  /** Hexadecimal bytes at the beginning; `..` stands for any byte. */
  readonly bytes: string;
}

/** WHATWG MIME Sniffing §6.1, §6.2, with the bytes of PDF 2.0 (ISO 32000-2 §7.5.2) and of an MP3 without a tag. */
const SIGNATURES: readonly Signature[] = [
  { type: 'image/png', bytes: '89 50 4e 47 0d 0a 1a 0a' },
  { type: 'image/jpeg', bytes: 'ff d8 ff' },
  { type: 'image/gif', bytes: '47 49 46 38 37 61' },
  { type: 'image/gif', bytes: '47 49 46 38 39 61' },
  { type: 'image/webp', bytes: '52 49 46 46 .. .. .. .. 57 45 42 50 56 50' },
  { type: 'application/pdf', bytes: '25 50 44 46 2d' },
  { type: 'audio/wav', bytes: '52 49 46 46 .. .. .. .. 57 41 56 45' },
  { type: 'audio/ogg', bytes: '4f 67 67 53 00' },
  { type: 'audio/mpeg', bytes: '49 44 33' },
];
const PATTERNS = SIGNATURES.map(({ type, bytes }) => ({
  type,
  bytes: bytes.split(' ').map((byte) => (byte === '..' ? undefined : Number.parseInt(byte, 16))),
}));

/**
 * The type of a file.
 * @param head its first `HEAD_BYTES` bytes, or all of them where it is shorter
 * @returns undefined for every type that is not stored
 */
export function sniff(head: Uint8Array): ContentType | undefined {
  const found = PATTERNS.find(({ bytes }) =>
    bytes.every((byte, index) => byte === undefined || head[index] === byte),
  );
  if (found !== undefined) return found.type;
  return isoMedia(head) ?? webm(head) ?? mpegAudio(head) ?? svg(head);
}

/** MP4 and AVIF are ISO base media files: an `ftyp` box names their brands (ISO/IEC 14496-12 §4.3). */
function isoMedia(head: Uint8Array): ContentType | undefined {
  if (head.length < 16 || latin1(head, 4, 8) !== 'ftyp') return undefined;
  const boxBytes = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
  const end = Math.min(boxBytes, head.length);
  const brands = [latin1(head, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(head, at, at + 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'image/avif';
  const isMp4 = brands.some((brand) => /^(mp4[12]|isom|iso[2-9]|avc1|M4V |dash)$/.test(brand));
  return isMp4 ? 'video/mp4' : undefined;
}

/** An EBML header whose DocType (element 0x4282) is `webm` (RFC 8794 §11.2.6). Matroska is another type. */
function webm(head: Uint8Array): ContentType | undefined {
  if (latin1(head, 0, 4) !== '\x1a\x45\xdf\xa3') return undefined;
  return latin1(head, 4, 64).includes('\x42\x82\x84webm') ? 'video/webm' : undefined;
}

/** kbit/s of MPEG-1 and MPEG-2 layer III by index; index 0 is free format, index 15 is invalid. */
const RATES = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const SAMPLES_PER_S = [44_100, 48_000, 32_000];

/** Two frames of layer III, one right behind the other (ISO/IEC 11172-3 §2.4): a single one may be chance. */
function mpegAudio(head: Uint8Array): ContentType | undefined {
  const length = frameBytes(head, 0);
  if (length === undefined) return undefined;
  return frameBytes(head, length) === undefined ? undefined : 'audio/mpeg';
}

function frameBytes(head: Uint8Array, at: number): number | undefined {
  const [sync = 0, kind = 0, rates = 0] = head.subarray(at, at + 3);
  if (sync !== 0xff || (kind & 0xe6) !== 0xe2) return undefined;
  const version = (kind >> 3) & 3;
  const rate = RATES[version === 3 ? 1 : 2][rates >> 4];
  const samples = SAMPLES_PER_S[(rates >> 2) & 3];
  if (version === 1 || !rate || samples === undefined) return undefined;
  const [perFrame, divisor] = version === 3 ? [144, 1] : [72, version === 2 ? 2 : 4];
  return Math.floor((perFrame * rate * 1000) / (samples / divisor)) + ((rates >> 1) & 1);
}

/** XML in UTF-8 whose first element is `svg`; what may stand before that is passed over (XML 1.0 §2.8). */
function svg(head: Uint8Array): ContentType | undefined {
  const text = textOf(head);
  if (text === undefined) return undefined;
  let rest = text.replace(/^\ufeff/, '').trimStart();
  for (;;) {
    const end = rest.startsWith('<?')
      ? rest.indexOf('?>') + 2
      : rest.startsWith('<!--')
        ? rest.indexOf('-->') + 3
        : rest.startsWith('<!DOCTYPE')
          ? doctypeEnd(rest)
          : 0;
    if (end <= 3) break;
    rest = rest.slice(end).trimStart();
  }
  return /^<(?:[A-Za-z_][\w.-]*:)?svg[\s/>]/.test(rest) ? 'image/svg+xml' : undefined;
}

/** One with a list of declarations ends behind that list. */
function doctypeEnd(text: string): number {
  const end = text.indexOf('>');
  const list = text.indexOf('[');
  return list >= 0 && list < end ? text.indexOf(']>') + 2 : end + 1;
}

/** Text in UTF-8; the last character of the head may be cut. */
export function textOf(head: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(head, {
      stream: true,
    });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
