// Text made of a message's parts: `{machine}-{/no}` joins the topic's level `machine`, a dash, and the value at /no.
import { parsePointer, valueAt, type Pointer } from './pointer.ts';
import { textOf, TEXT_MAX } from './text.ts';
import type { Scope } from './scope.ts';

export interface Template {
  readonly parts: readonly (string | { readonly name: string } | { readonly pointer: Pointer })[];
  readonly text: string;
}

const LENGTH_MAX = 200;
const PARTS_MAX = 20;

/** The template that a text is, or undefined where its braces do not fit or hold neither a name nor a pointer. */
export function parseTemplate(text: string): Template | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const parts: Template['parts'][number][] = [];
  for (const [index, piece] of text.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/.test(piece)) return undefined;
      if (piece !== '') parts.push(piece);
      continue;
    }
    const name = isName(piece);
    const pointer = name || piece === '' ? undefined : parsePointer(piece);
    if (!name && !pointer) return undefined;
    parts.push(pointer ? { pointer } : { name: piece });
  }
  return parts.length > PARTS_MAX ? undefined : { parts, text };
}

export function isName(text: string): boolean {
  return /^[a-z][a-z0-9_]{0,31}$/i.test(text);
}

/** The names that a template uses. */
export function namesOf({ parts }: Template): string[] {
  return parts.flatMap((part) => (typeof part === 'object' && 'name' in part ? [part.name] : []));
}

export type Filled = { readonly text: string } | { readonly missing: string };

/** The text, or the first part that the message does not have. One over `TEXT_MAX` is not made to its end. */
export function fill({ parts }: Template, scope: Scope): Filled {
  let text = '';
  for (const part of parts) {
    if (text.length > TEXT_MAX) break;
    if (typeof part === 'string') text += part;
    else if ('name' in part) {
      const value = scope.names.get(part.name);
      if (value === undefined) return { missing: `{${part.name}}` };
      text += value;
    } else {
      const value = textOf(valueAt(part.pointer, scope.item, scope.message));
      if (value === undefined) return { missing: `/${part.pointer.steps.join('/')}` };
      text += value;
    }
  }
  return { text };
}
