// Instants in words of the hall's own time zone; the machine's zone and clock are never asked.

const formats = new Map<string, Intl.DateTimeFormat>();

/** Beyond it no date exists, and Intl throws: a device that says it has run for 30 million years must not end a page. */
const INSTANT_MAX = 8.64e15;
const NO_TIME = '—';

function isInstant(at: number): boolean {
  return Math.abs(at) <= INSTANT_MAX;
}

/** "10:42" in `timezone`. `at`: ms since 1970; "—" where that is no instant. */
export function timeOfDay(at: number, timezone: string): string {
  if (!isInstant(at)) return NO_TIME;
  return format('zh-CN', timezone, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}

/** "10:42:07". */
export function timeOfDaySeconds(at: number, timezone: string): string {
  if (!isInstant(at)) return NO_TIME;
  return format('zh-CN', timezone, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}

/** "11月21日 星期六". */
export function dateZh(at: number, timezone: string): string {
  if (!isInstant(at)) return NO_TIME;
  const options = { month: 'long', day: 'numeric', weekday: 'long' } as const;
  const parts = format('zh-CN', timezone, options).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const month = of('month');
  return `${month.endsWith('月') ? month : `${month}月`}${of('day')}日 ${of('weekday')}`;
}

/** "Sat 21 Nov". */
export function dateEn(at: number, timezone: string): string {
  if (!isInstant(at)) return NO_TIME;
  const options = { month: 'short', day: 'numeric', weekday: 'short' } as const;
  return format('en-GB', timezone, options).format(at).replace(',', '');
}

/** "2026-11-21" in `timezone`. */
export function dateIso(at: number, timezone: string): string {
  if (!isInstant(at)) return NO_TIME;
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return format('en-CA', timezone, options).format(at);
}

function format(
  locale: string,
  timezone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${locale}|${timezone}|${Object.entries(options).join()}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone: knownZone(timezone) });
    formats.set(key, found);
  }
  return found;
}

/** A zone that this browser does not know must not leave the screen black. */
function knownZone(timezone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return 'Asia/Shanghai';
  }
}
