// YAML that cannot be read, in words of the hall file: what stands where, and what should be.
import type { YAMLError } from 'yaml';
import type { Both } from '../language.ts';
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
    const [words, hint] = [wordsOf(error, text), wideHint(text, offset)];
    problems.addAt(offset, {
      zh: `第 ${column} 列：${words.zh}${hint.zh}`,
      en: `column ${column}: ${words.en}${hint.en}`,
    });
  }
}

function wordsOf({ code, message, pos: [offset] }: YAMLError, text: string): Both {
  const sign = /(?:^|[^\]}])([\]}])$/.exec(message)?.[1];
  switch (code) {
    case 'DUPLICATE_KEY': {
      const key = wordAt(text, offset);
      return {
        zh: `键 "${key}" 写了两次，只能写一次`,
        en: `the key "${key}" is there twice, should be there once`,
      };
    }
    case 'BAD_SCALAR_START': {
      const first = text.slice(offset, offset + 1);
      return {
        zh: `值以 ${first} 开头，应加引号`,
        en: `the value begins with ${first}, should be in quotes`,
      };
    }
    case 'BAD_INDENT': {
      if (sign === undefined) return WORDS.indent;
      const open = sign === ']' ? '[' : '{';
      return {
        zh: `${open} 没有闭合，此处之前应有 ${sign}`,
        en: `a ${open} is not closed, should end with ${sign} before this`,
      };
    }
    case 'MISSING_CHAR':
      if (message.includes('quote')) return WORDS.quote;
      return message.includes('without -') ? WORDS.item : WORDS.missing;
    case 'BLOCK_AS_IMPLICIT_KEY':
      return message.startsWith('Nested') ? WORDS.colon : WORDS.indentNear;
    case 'UNEXPECTED_TOKEN': {
      const token = wordAt(text, offset);
      return {
        zh: `此处不应出现 "${token}"：含 YAML 符号的文字应加引号，或缩进有误`,
        en: `"${token}" has no place here: text with signs of YAML should be in quotes, or the indent is wrong`,
      };
    }
    default:
      return BY_CODE[code] ?? WORDS.unknown;
  }
}

const WORDS = {
  indent: {
    zh: '这一行的缩进与所在的列表或键不一致',
    en: 'the line is indented otherwise than the list or map it is of',
  },
  indentNear: {
    zh: '此处或上一行的缩进有误',
    en: 'the indent is wrong here or on the line before',
  },
  quote: {
    zh: '引号没有闭合，文字末尾应有引号',
    en: 'a text in quotes has no end, should end with a quote',
  },
  item: {
    zh: '这一行的缩进比所属的列表项少',
    en: 'the line is indented less than its list item',
  },
  missing: {
    zh: '此处或上一行缺少冒号、逗号、引号或括号',
    en: 'a colon, comma, quote or bracket is missing here or on the line before',
  },
  colon: {
    zh: '这一行有第二个“: ”：含冒号的文字应加引号，或缩进有误',
    en: 'a second ": " on the line: text with a colon should be in quotes, or the indent is wrong',
  },
  unknown: { zh: '从此处起无法按 YAML 读取', en: 'the text cannot be read as YAML here' },
} as const satisfies Readonly<Record<string, Both>>;

const BY_CODE: Readonly<Partial<Record<string, Both>>> = {
  TAB_AS_INDENT: {
    zh: '这一行用制表符（Tab）缩进，应改用空格',
    en: 'the line is indented with a tab, should be indented with spaces',
  },
  MULTIPLE_DOCS: {
    zh: '--- 开始了第二个文档，一个文件只能有一个',
    en: 'a second document begins with ---, should be one',
  },
  BAD_DQ_ESCAPE: {
    zh: '双引号内的反斜杠不是有效转义，应改用单引号',
    en: 'the text in double quotes has a backslash that means nothing, should be in single quotes',
  },
  BAD_ALIAS: {
    zh: '值以 * 或 & 开头，应加引号',
    en: 'the value begins with * or &, should be in quotes',
  },
  MULTILINE_IMPLICIT_KEY: {
    zh: '键后面没有“: ”，应写作“键: 值”，或缩进有误',
    en: 'the line has no ": " after its key, should be "key: value", or the indent is wrong',
  },
  BLOCK_IN_FLOW: {
    zh: '括号内出现了分行书写的列表或键，此处应使用 [ ] 或 { }',
    en: 'a list or map of lines stands between brackets, should be written with [ ] or { } there',
  },
};

/** The word or sign at a place, short. */
function wordAt(text: string, offset: number): string {
  return /^(?:[\p{L}\p{N}_-]+|[^\r\n])/u.exec(text.slice(offset, offset + 40))?.[0] ?? '';
}

/** A Chinese keyboard's punctuation is the likeliest cause of YAML that is none. */
function wideHint(text: string, offset: number): Both {
  const from = text.lastIndexOf('\n', offset - 1) + 1;
  const wide = /[：，［］｛｝“”‘’]/.exec(text.slice(from).split('\n', 1)[0] ?? '')?.[0];
  if (wide === undefined) return { zh: '', en: '' };
  return {
    zh: `；这一行有全角符号“${wide}”，应改为半角`,
    en: `; the line has "${wide}", should be a half-width sign`,
  };
}
