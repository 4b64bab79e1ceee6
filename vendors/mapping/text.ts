// Values of messages as text: for templates and maps, and short for error texts.
import type { Both } from '../../hall/language.ts';

/** Longer than anything that a signal may say: not looked at, so that no message takes long, however often it is. */
export const TEXT_MAX = 2_000;

/** A number, a boolean or a text without the spaces around it; undefined for all else, and for an empty or huge text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const text = value.length > TEXT_MAX ? '' : value.trim();
    return text === '' ? undefined : text;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

/** Missing: not there, null, or an empty text, which is how dispensers write that they know nothing. */
export function isMissing(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= TEXT_MAX && value.trim() === '';
  return value === undefined || value === null;
}

const SHOWN_MAX = 60;

/** As an error text shows it, short; made in no time, as it is made for every rule that a message is not of. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value);
}

/** What a value is, in an error text. */
export function valueWords(value: unknown): Both {
  const en = `is ${showValue(value)}`;
  if (value === undefined) return { zh: '缺少', en };
  if (Array.isArray(value)) return { zh: `是 ${value.length} 项的列表`, en };
  if (typeof value === 'object' && value !== null) return { zh: '是一组键', en };
  return { zh: `是 ${showValue(value)}`, en };
}

/** JSON of at most so many characters: what somebody recognises a message by. */
export function sampleOf(value: unknown, max: number): string {
  try {
    const text = JSON.stringify(value) ?? '';
    return text.length > max ? `${text.slice(0, max)}…` : text;
  } catch {
    return 'nested too deep';
  }
}
