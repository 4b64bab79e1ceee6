// The reference is made of the schemas: docs/ has it as it is now, and the gateway serves it. What has no meaning, or is no key
// any more, makes `reference` throw.
import { equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { referenceFiles } from '../../gateway/reference/write.ts';
import { openTestGateway } from './open.ts';

for (const [file, text] of Object.entries(referenceFiles())) {
  Deno.test(`${file} is what the schemas give: npm run reference`, () => {
    equal(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), text);
  });
}

Deno.test('the reference tells of every kind: streams, types, limits, defaults, values', () => {
  const english = referenceFiles()['docs/reference.md'] ?? '';
  for (const line of [
    '### Stream `ticket`',
    '| `completed` | service is done | `id` `ticket` `window` `outcome`? |',
    '| `paper_pct` | number 0…100 | paper left, % |',
    '| `limits.past_days` | whole number 1…400 | `7` |',
    '| `hall.id` | id | required |',
    '### `window.assign`',
  ]) {
    ok(english.includes(line), line);
  }
});

Deno.test(
  'the gateway has the reference in both languages, among the pages for staff',
  async () => {
    const gateway = await openTestGateway();
    for (const [query, lang, words] of [
      ['', 'zh-CN', '<td><code>cancelled</code></td><td>取消</td>'],
      ['?lang=en', 'en', '<h3 id="limits"><code>limits</code></h3>'],
    ] as const) {
      const response = await gateway.get(`/reference${query}`);
      const html = await response.text();
      equal(response.status, 200);
      ok(html.includes(`<html lang="${lang}">`) && html.includes(words), query);
      ok(!/(?:src|href)="https?:|<script|style=/.test(html), 'nothing from elsewhere');
      const ids = [...html.matchAll(/ id="(.*?)"/g)].map(([, id]) => id);
      equal(new Set(ids).size, ids.length);
      for (const [, target] of html.matchAll(/href="#(.*?)"/g)) ok(ids.includes(target), target);
    }
    const { pages } = await gateway.json<{ pages: { path: string }[] }>('/api/v1/pages');
    ok(pages.some(({ path }) => path === '/reference'));
    await gateway.stop();
  },
);
