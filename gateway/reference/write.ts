// `npm run reference`: writes docs/reference.md and docs/reference.zh-CN.md.
import { writeFileSync } from 'node:fs';
import { reference } from './document.ts';
import { toMarkdown } from './markdown.ts';

/** By their path. */
export function referenceFiles(): Readonly<Record<string, string>> {
  const blocks = reference();
  return {
    'docs/reference.md': toMarkdown(
      blocks,
      'en',
      '[中文](reference.zh-CN.md). Made by `npm run reference`: do not edit. A running gateway has it at `/reference`.',
    ),
    'docs/reference.zh-CN.md': toMarkdown(
      blocks,
      'zh',
      '[English](reference.md)。由 `npm run reference` 生成，请勿手工修改；运行中的网关在 `/reference` 显示同样的内容。',
    ),
  };
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(referenceFiles())) {
    writeFileSync(new URL(`../../${file}`, import.meta.url), text);
  }
}
