// Texts for people who run the gateway, in Chinese and in English.

export type Language = 'zh' | 'en';

/** One text in both languages. */
export interface Both {
  readonly zh: string;
  readonly en: string;
}

/** `应为 q1`, `应为列表`: with a space before Latin letters and digits. */
export function shouldBe(text: string): string {
  return `应为${/^[!-~]/.test(text) ? ' ' : ''}${text}`;
}

/** What is said of a thing: `payload: should be JSON`, `payload：应为 JSON`. */
export function about(name: string, { zh, en }: Both): Both {
  return { zh: `${name}：${zh}`, en: `${name}: ${en}` };
}

/** What a schema wants of a value: in the language that `lang` of safeParse names, in English without it. */
export const says =
  (zh: string, en: string) =>
  (issue: { readonly lang?: string | undefined }): string =>
    issue.lang === 'zh' ? zh : en;
