// Values of messages as text: for templates and maps, and short for error texts.

/** A number, a boolean or a text without the spaces around it; undefined for everything else and for an empty text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

/** Missing: not there, null, or an empty text, which is how dispensers write that they know nothing. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && !value.trim());
}

const SHOWN_MAX = 60;

/** As an error text shows it, short. */
export function showValue(value: unknown, max = SHOWN_MAX): string {
  if (value === undefined) return 'missing';
  try {
    const text = JSON.stringify(value) ?? typeof value;
    return text.length > max ? `${text.slice(0, max)}…` : text;
  } catch {
    return 'nested too deep';
  }
}
