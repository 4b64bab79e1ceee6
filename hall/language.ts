// Texts for people who run the gateway, in Chinese and in English.

export type Language = 'zh' | 'en';

/** One text in both languages. */
export interface Both {
  readonly zh: string;
  readonly en: string;
}

/** What a schema wants of a value: in the language that `lang` of safeParse names, in English without it. */
export const says =
  (zh: string, en: string) =>
  (issue: { readonly lang?: string | undefined }): string =>
    issue.lang === 'zh' ? zh : en;
