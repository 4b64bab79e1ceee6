// YAML that cannot be read, in words of the hall file: what stands where, and what should be.
import type { YAMLError } from 'yaml';
import type { Problems } from './problems.ts';

/** Reports the first error of each line: those after it mostly come of it. */
export function addYamlErrors(
  errors: readonly YAMLError[],
  text: string,
  problems: Problems,
): void {
  const lines = new Set<number>();
  for (const error of errors) {
    const [offset] = error.pos;
    const line = text.slice(0, offset).split(/\r\n|\n|\r/).length;
    if (lines.has(line)) continue;
    lines.add(line);
    const column = offset - text.lastIndexOf('\n', offset - 1);
    problems.addAt(offset, `column ${column}: ${wordsOf(error, text)}${wideHint(text, offset)}`);
  }
}

function wordsOf({ code, message, pos: [offset] }: YAMLError, text: string): string {
  const sign = /(?:^|[^\]}])([\]}])$/.exec(message)?.[1];
  switch (code) {
    case 'DUPLICATE_KEY':
      return `the key "${wordAt(text, offset)}" is there twice, should be there once`;
    case 'TAB_AS_INDENT':
      return 'the line is indented with a tab, should be indented with spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document begins with ---, should be one';
    case 'BAD_DQ_ESCAPE':
      return 'the text in double quotes has a backslash that means nothing, should be in single quotes';
    case 'BAD_SCALAR_START':
      return `the value begins with ${text.slice(offset, offset + 1)}, should be in quotes`;
    case 'BAD_ALIAS':
      return 'the value begins with * or &, should be in quotes';
    case 'BAD_INDENT':
      if (sign === undefined) return 'the line is indented otherwise than the list or map it is of';
      return `a ${sign === ']' ? '[' : '{'} is not closed, should end with ${sign} before this`;
    case 'MISSING_CHAR':
      if (message.includes('quote')) return 'a text in quotes has no end, should end with a quote';
      if (message.includes('without -')) return 'the line is indented less than its list item';
      return 'a colon, comma, quote or bracket is missing here or on the line before';
    case 'BLOCK_AS_IMPLICIT_KEY':
      if (!message.startsWith('Nested')) return 'the indent is wrong here or on the line before';
      return 'a second ": " on the line: text with a colon should be in quotes, or the indent is wrong';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'the line has no ": " after its key, should be "key: value", or the indent is wrong';
    case 'BLOCK_IN_FLOW':
      return 'a list or map of lines stands between brackets, should be written with [ ] or { } there';
    case 'UNEXPECTED_TOKEN':
      return `"${wordAt(text, offset)}" has no place here: text with signs of YAML should be in quotes, or the indent is wrong`;
    default:
      return 'the text cannot be read as YAML here';
  }
}

/** The word or sign at a place, short. */
function wordAt(text: string, offset: number): string {
  return /^(?:[\p{L}\p{N}_-]+|[^\r\n])/u.exec(text.slice(offset, offset + 40))?.[0] ?? '';
}

/** A Chinese keyboard's punctuation is the likeliest cause of YAML that is none. */
function wideHint(text: string, offset: number): string {
  const from = text.lastIndexOf('\n', offset - 1) + 1;
  const wide = /[：，［］｛｝“”‘’]/.exec(text.slice(from).split('\n', 1)[0] ?? '');
  return wide ? `; the line has "${wide[0]}", should be a half-width sign` : '';
}
