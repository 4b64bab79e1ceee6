// The reference as a page of the gateway, in one language.
import { escape, plainPage } from '../http/plain.ts';
import { reference, say, type Block, type Language, type Text } from './document.ts';

/** @param links to the built pages' styles, if there are any */
export function referencePage(language: Language, links: string): string {
  const blocks = reference();
  const isChinese = language === 'zh';
  const pages = `<a href="/">${isChinese ? '全部页面' : 'All pages'}</a>`;
  const other = isChinese
    ? '<a href="?lang=en" lang="en">English</a>'
    : '<a href="?lang=zh" lang="zh-CN">中文</a>';
  const html = blocks.map((block) => toHtml(block, language));
  const isTop = (block: Block) => block.kind !== 'heading' || block.level === 1;
  const top = blocks.findIndex((block) => !isTop(block));
  const body = [...html.slice(0, top), contents(blocks, language), ...html.slice(top)].join('\n');
  return plainPage(
    isChinese ? '参考手册' : 'Reference',
    `<p>${pages} ${other}</p>${body}`,
    links,
    language,
  );
}

function contents(blocks: readonly Block[], language: Language): string {
  const links = blocks.flatMap((block) => {
    if (block.kind !== 'heading' || block.level === 1) return [];
    const link = `<a href="#${anchorOf(block.text)}">${inline(block.text, language)}</a>`;
    return [block.level === 2 ? `</p><p><b>${link}</b>` : link];
  });
  return `<nav><p>${links.join(' ')}</p></nav>`;
}

function toHtml(block: Block, language: Language): string {
  const { kind } = block;
  if (kind === 'paragraph') return `<p>${inline(block.text, language)}</p>`;
  if (kind === 'heading') {
    const text = inline(block.text, language);
    return `<h${block.level} id="${anchorOf(block.text)}">${text}</h${block.level}>`;
  }
  const row = (cells: readonly Text[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${inline(cell, language)}</${tag}>`).join('')}</tr>`;
  const rows = block.rows.map((cells) => row(cells, 'td')).join('\n');
  return `<table><thead>${row(block.head, 'th')}</thead><tbody>${rows}</tbody></table>`;
}

/** The same in both languages, so that a link leads to the same section in both. */
function anchorOf(text: Text): string {
  return say(text, 'en').toLowerCase().replaceAll('`', '').replaceAll(' ', '-');
}

function inline(text: Text, language: Language): string {
  return escape(say(text, language)).replaceAll(/`(.*?)`/g, '<code>$1</code>');
}
