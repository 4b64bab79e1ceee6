/** A text in both languages of the pages, Chinese first. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}
