// Why a file is not stored, for the one who uploads it, and for who reads why a photo or a copy is missing.
import type { Both } from '../../hall/language.ts';
import { localized } from '../start/language.mjs';

export class ContentRefused extends Error {
  override name = 'ContentRefused';
  readonly status: 413 | 422 | 507;
  /** `type`, `size`, `budget:content` */
  readonly reason: string;
  readonly detail: Both;

  /** @param detail what is and what should be, in words */
  constructor(status: ContentRefused['status'], reason: string, detail: Both) {
    super(localized(detail.zh, detail.en));
    this.detail = detail;
    this.status = status;
    this.reason = reason;
  }
}

const MIB = 1024 * 1024;

/** @param what is too large, as people call it */
export function tooLarge({ zh, en }: Both, bytesMax: number): ContentRefused {
  const mib = bytesMax / MIB;
  const detail = {
    zh: `${zh}：超过 ${mib} MiB，应不超过此大小`,
    en: `${en}: is over ${mib} MiB, should be at most that`,
  };
  return new ContentRefused(413, 'size', detail);
}
