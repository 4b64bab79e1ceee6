// Names of the hall file as views have them.
import type { Name } from './common.ts';
import { weakMemo } from './memo.ts';

interface FileName {
  readonly zh: string;
  readonly en?: string | undefined;
  readonly 'zh-Hant'?: string | undefined;
}

/** A name without keys that have no value; always the same object for the same name. */
export const plainName = weakMemo((name: FileName): Name => {
  return {
    zh: name.zh,
    ...(name.en === undefined ? undefined : { en: name.en }),
    ...(name['zh-Hant'] === undefined ? undefined : { 'zh-Hant': name['zh-Hant'] }),
  };
});
