// An alarm is shown whenever its kind can be read: every other fault of an `activated` is mended towards showing it, and
// marked. A `cleared` gets no such help. Contract *Alarms*, SPEC §2.8.
import { bitOf, NO_MARKS, type Marks } from './marks.ts';
import { instantOf } from './signal.ts';

type Fields = Readonly<Record<string, unknown>>;

const ZONES_MAX = 200;
const ID = /^[A-Za-z0-9._:-]{1,64}$/;

/** The fields of an `activated` with what cannot be read replaced or left out; its mark says that this was done. */
export function readAlarm(
  fields: Fields,
  zones: { has(id: string): boolean },
): { readonly fields: Fields; readonly marks: Marks } {
  const { at, seq, id, message, drill, ...rest } = fields;
  const place = zonesOf(fields['zones'], zones);
  const kept: Fields = {
    ...rest,
    zones: place,
    ...(isInstant(at) && { at }),
    ...(Number.isSafeInteger(seq) && Number(seq) >= 0 && { seq }),
    ...(typeof id === 'string' && ID.test(id) && { id }),
    ...(typeof drill === 'boolean' && { drill }),
    ...messageOf(message),
  };
  const isWhole =
    place === fields['zones'] &&
    'id' in kept &&
    [at, seq, message, drill].every((value, index) => {
      const name = ['at', 'seq', 'message', 'drill'][index] ?? '';
      return value === undefined || kept[name] === value;
    });
  return { fields: kept, marks: isWhole ? NO_MARKS : bitOf('inferred') };
}

/** The zones where all of them are known, else everywhere. */
function zonesOf(sent: unknown, known: { has(id: string): boolean }): unknown {
  const isKnown =
    Array.isArray(sent) &&
    sent.length > 0 &&
    sent.length <= ZONES_MAX &&
    sent.every((zone) => typeof zone === 'string' && (zone === '*' || known.has(zone)));
  return isKnown ? sent : ['*'];
}

function isInstant(at: unknown): boolean {
  if (typeof at === 'string') return instantOf(at) !== undefined;
  return typeof at === 'number' && Number.isSafeInteger(at) && at >= 0;
}

/** The texts that can be read, cut to their length. */
function messageOf(message: unknown): { message?: Fields } {
  if (typeof message === 'string') return { message: { zh: cut(message) } };
  if (typeof message !== 'object' || message === null) return {};
  const { zh, en } = message as Fields;
  const whole = [zh, en].every((text) => text === undefined || isShort(text));
  if (whole) return { message: message as Fields };
  return {
    message: {
      ...(typeof zh === 'string' && { zh: cut(zh) }),
      ...(typeof en === 'string' && { en: cut(en) }),
    },
  };
}

const TEXT_MAX = 200;

function isShort(text: unknown): boolean {
  return typeof text === 'string' && text.length <= TEXT_MAX;
}

function cut(text: string): string {
  return [...text.slice(0, TEXT_MAX * 2)].slice(0, TEXT_MAX).join('');
}
