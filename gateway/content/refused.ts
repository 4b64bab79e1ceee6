// Why a file is not stored, for the one who uploads it.

export class ContentRefused extends Error {
  override name = 'ContentRefused';
  readonly status: 413 | 422 | 507;
  /** `type`, `size`, `budget:content` */
  readonly reason: string;

  /** @param detail what is and what should be, in words */
  constructor(status: ContentRefused['status'], reason: string, detail: string) {
    super(detail);
    this.status = status;
    this.reason = reason;
  }
}

const MIB = 1024 * 1024;

/** @param what is too large, as people call it */
export function tooLarge(what: string, bytesMax: number): ContentRefused {
  const detail = `${what}: is over ${bytesMax / MIB} MiB, should be at most that`;
  return new ContentRefused(413, 'size', detail);
}
