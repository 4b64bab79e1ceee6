// Why a file is not stored, for the one who uploads it.

export class ContentRefused extends Error {
  override name = 'ContentRefused';
  readonly status: 400 | 413 | 422 | 507;
  /** `type`, `size`, `cut`, `budget:content` */
  readonly reason: string;

  /** @param detail what is and what should be, in words */
  constructor(status: ContentRefused['status'], reason: string, detail: string) {
    super(detail);
    this.status = status;
    this.reason = reason;
  }
}
