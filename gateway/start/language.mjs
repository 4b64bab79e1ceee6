// @ts-check
// The language of what this process tells people: `HALLCAST_LANG`, else the system's. For Node and for Deno.

/** @typedef {'zh' | 'en'} Language */
/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/** What Deno's processes must be allowed to read. */
export const languageVariables = ['HALLCAST_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG'];

/**
 * @param {Environment} [env]
 * @returns {Language} of the system where `HALLCAST_LANG` is neither zh nor en
 */
export function languageOf(env = process.env) {
  const { HALLCAST_LANG: chosen } = env;
  if (chosen === 'zh' || chosen === 'en') return chosen;
  // The order of POSIX (XBD 8.2).
  return /^zh(?![a-z])/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ? 'zh' : 'en';
}

/**
 * The one of two texts that is in the language of this process.
 * @param {string} zh
 * @param {string} en
 */
export function localized(zh, en) {
  return languageOf() === 'zh' ? zh : en;
}

/**
 * What is wrong with `HALLCAST_LANG`, in both languages; undefined where nothing is.
 * @param {Environment} [env]
 */
export function languageMistake({ HALLCAST_LANG: chosen } = process.env) {
  if (!chosen || chosen === 'zh' || chosen === 'en') return undefined;
  return {
    zh: `HALLCAST_LANG：填的是 "${chosen}"，应为 zh 或 en`,
    en: `HALLCAST_LANG: is "${chosen}", should be zh or en`,
  };
}
