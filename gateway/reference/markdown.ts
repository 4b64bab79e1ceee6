// The reference as Markdown, for docs/.
import { say, type Block, type Language } from './document.ts';

/** @param note stands under the title */
export function toMarkdown(blocks: readonly Block[], language: Language, note: string): string {
  const [title, ...rest] = blocks.map((block) => toText(block, language));
  return `${[title, note, ...rest].join('\n\n')}\n`;
}

function toText(block: Block, language: Language): string {
  if (block.kind === 'heading') return `${'#'.repeat(block.level)} ${say(block.text, language)}`;
  if (block.kind === 'paragraph') return say(block.text, language);
  return [block.head, block.head.map(() => '---'), ...block.rows]
    .map((cells) => cells.map((cell) => say(cell, language).replaceAll('|', '\\|')))
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
