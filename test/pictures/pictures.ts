// The program behind `npm run pictures`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { checkPage } from './check.ts';
import { scene } from './halls.ts';
import { allPictures } from './list.ts';
import { checksOf, openStage } from './stage.ts';

/** As test/e2e/playwright.config.ts has them. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const seed = Number(values.seed);
const [folder = 'pictures', ...names] = positionals;
mkdirSync(folder, { recursive: true });
const chosen = allPictures(seed).filter(
  ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
const stage = await openStage(browser);
let bad = 0;
for (const { name, path, size, recipe } of chosen) {
  const made = scene(recipe);
  const page = await stage.show(made, path, size);
  const findings = await page.evaluate(checkPage, checksOf(made, path, size));
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.close();
  if (findings.length > 0) bad += 1;
  for (const { kind, text, detail } of findings)
    console.log(`${name}: ${kind} “${text}” ${detail}`);
}
await browser.close();
await stage.end();
console.log(`${chosen.length} pictures in ${folder}, ${bad} with findings`);
process.exitCode = bad > 0 ? 1 : 0;
