// Where a value stands in a message: JSON pointers (RFC 6901). `/a/0` points into the item that a rule looks at,
// `$/a` into the whole message, `` (nothing) is the item itself.

export interface Pointer {
  readonly whole: boolean;
  readonly steps: readonly string[];
}

const LENGTH_MAX = 200;
const STEPS_MAX = 20;

/** The pointer that a text is, or undefined where it is none. */
export function parsePointer(text: string): Pointer | undefined {
  const whole = text.startsWith('$');
  const path = whole ? text.slice(1) : text;
  if (text.length > LENGTH_MAX || (path !== '' && !path.startsWith('/'))) return undefined;
  const steps = path.split('/').slice(1);
  // RFC 6901 §3: a tilde is written ~0, a slash within a name ~1.
  if (steps.length > STEPS_MAX || steps.some((step) => /~(?![01])/.test(step))) return undefined;
  return { whole, steps: steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')) };
}

/** The value at the pointer, or undefined. Looks at own properties only: no device reaches a prototype. */
export function valueAt({ whole, steps }: Pointer, item: unknown, message: unknown): unknown {
  let value = whole ? message : item;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !/^(?:0|[1-9]\d{0,6})$/.test(step)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
