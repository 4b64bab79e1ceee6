// The lists of names in the contract are those of the code: other programs rely on the contract, and a name that was added
// in the code alone would be known to nobody.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PERS } from '../../hall/figure/bins.ts';
import { FIGURE_NAMES } from '../../hall/figure/catalogue.ts';
import { KEYS } from '../../hall/figure/columns.ts';
import { LAYOUT_PAGES } from '../../hall/page.ts';
import { STREAMS } from '../../hall/topic.ts';
import { URGENCIES } from '../../hall/view/common.ts';
import { PRESENT_FIGURES } from '../../screen/figure.ts';
import { SLIDE_MARKS } from '../../signage/slide-marks.ts';

const contract = readFileSync(join(import.meta.dirname ?? '.', '../../docs/contract.md'), 'utf8');

const playerLayouts = Object.entries(LAYOUT_PAGES).flatMap(([layout, page]) =>
  page?.file === 'signage/screen.html' ? [layout] : [],
);

/** What stands around the list in the contract, and the names of the code. */
const LISTS: readonly [what: string, around: RegExp, names: readonly string[]][] = [
  ['figures', /Figures: ([^;]*);/, FIGURE_NAMES],
  ['keys of figures', /`by`: ((?:`[a-z]+` ?)+)\./, KEYS],
  ['bins of figures', /`per`: ([^]*?)(?:, with `weekday`)/, [...PERS, 'from']],
  [
    'figures of the present',
    /`\/api\/v1\/figures`, or (.*) \|/,
    [...PRESENT_FIGURES, 'data-state'],
  ],
  ['layouts of screens', /`\/screen\/\{screen\}` \| .* of layout (.*?) \|/, playerLayouts],
  ['views of slides', /`data-view` \((.*?)\)/, playerLayouts],
  ['slides', /`data-slide` \((.*?)\)/, SLIDE_MARKS],
  ['urgencies', /`data-urgency` \((.*?)\)/, URGENCIES],
];

for (const [what, around, names] of LISTS) {
  test(`contract: the ${what} are those of the code`, () => {
    const list = around.exec(contract)?.[1];
    assert.ok(list !== undefined, `docs/contract.md has no ${around}`);
    const listed = [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    assert.deepEqual(listed.sort(), [...names].sort());
  });
}

test('contract: the streams of signals are those of the code', () => {
  const section = /\| stream \|[^]*?\n\n/.exec(contract)?.[0] ?? '';
  const listed = [...section.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual([...new Set(listed)].sort(), [...STREAMS].sort());
});
