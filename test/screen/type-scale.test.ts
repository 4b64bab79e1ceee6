// Sizes from millimetres at a distance (EN 301 549 §5.1.4), colours with contrast: held against tables.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CAPITAL_EM, CAPITAL_MM_PER_M, HANZI_EM, typeScale } from '../../screen/type-scale.ts';
import { boardLayout, columnEm, emWidth, fitIn, noticePages } from '../../signage/layout.ts';
import { headerFit } from '../../signage/header-layout.ts';
import { signLayout } from '../../signage/sign-layout.ts';
import type { ScreenFace } from '../../hall/view/common.ts';

const screens = [
  { diagonal_in: 55, width: 1920, height: 1080, distance_m: 6 },
  { diagonal_in: 55, width: 1080, height: 1920, distance_m: 5 },
  { diagonal_in: 86, width: 3840, height: 2160, distance_m: 9 },
  { diagonal_in: 32, width: 1366, height: 768, distance_m: 3 },
  { diagonal_in: 28, width: 1920, height: 540, distance_m: 2 },
];
const pixels = ({ diagonal_in, width, height }: (typeof screens)[number]) =>
  Math.hypot(width, height) / (diagonal_in * 25.4);

for (const screen of screens) {
  const name = `${screen.diagonal_in} in ${screen.width}x${screen.height} at ${screen.distance_m} m`;
  test(`numbers are 12.2 mm high per metre and Hanzi higher: ${name}`, () => {
    const { size, fits } = typeScale(screen);
    const mm = (px: number) => px / pixels(screen);
    assert.deepEqual(fits, []);
    assert.ok(mm(size.number * CAPITAL_EM) >= CAPITAL_MM_PER_M * screen.distance_m - 0.1);
    assert.ok(size.label * HANZI_EM > size.note * CAPITAL_EM);
    assert.ok(size.hero > size.number && size.number > size.label && size.label > size.note);
  });
}

test('a board without queues and missed numbers has no band for them', () => {
  for (const screen of screens.slice(0, 4)) {
    const without = { ticketEm: 2.6, windowEm: 1.2, queues: [] };
    const layout = boardLayout(face(screen), screen, without);
    assert.equal(layout.below.footer, 0);
    const missed = boardLayout(face(screen), screen, { ...without, missedEm: 2.6 });
    assert.ok(missed.below.footer > 0 && missed.notices.height < layout.notices.height);
  }
});

test('the same screen shown smaller is the same picture', () => {
  const [screen] = screens;
  assert.ok(screen);
  const half = typeScale(screen, { width: 960, height: 540 });
  assert.ok(Math.abs(half.size.number * 2 - typeScale(screen).size.number) < 0.001);
});

test('a screen too small for its distance says so, and from where it can be read', () => {
  const { fits } = typeScale({ diagonal_in: 32, width: 1920, height: 1080, distance_m: 12 });
  const number = fits.find(({ role }) => role === 'number');
  assert.ok(number && number.size < number.least && number.readable_m < 12);
  assert.ok(Math.abs(number.readable_m - (12 * number.size) / number.least) < 0.001);
});

const face = (screen: (typeof screens)[number]): ScreenFace => ({
  ...screen,
  id: 'b1',
  name: { zh: '屏' },
  layout: 'calls',
  theme: 'night',
});

for (const screen of screens.slice(0, 4)) {
  test(`a board has its parts inside, its numbers readable: ${screen.width}x${screen.height}`, () => {
    const names = [{ zh: 14, en: 49 }, ...Array.from({ length: 7 }, () => ({ zh: 4, en: 16 }))];
    const layout = boardLayout(face(screen), screen, {
      ticketEm: columnEm('ticket', ['A001', 'B120']),
      windowEm: columnEm('window', ['12']),
      queues: names,
    });
    const { least } = typeScale(screen);
    assert.ok(layout.dense + 1 >= least.number, `${layout.dense} < ${least.number}`);
    assert.ok(layout.hero > layout.dense, 'the large one is larger');
    assert.ok(layout.room.comfort >= 1 && layout.room.max >= layout.room.comfort);
    const main = screen.height - layout.header - layout.below.footer;
    const list = layout.portrait ? main - layout.heroHeight : main;
    assert.ok((layout.room.max / layout.columns) * layout.dense <= list, 'rows are inside');
    assert.ok(layout.below.footer < screen.height * 0.4 && layout.below.nameWidth > 0);
    assert.deepEqual(
      layout.fits.filter(({ role }) => role === 'number'),
      [],
    );
  });
}

test('tickets of five characters and windows of four can be read at 8 m, and no row is larger than the call', () => {
  for (const [width, height] of [
    [1920, 1080],
    [3840, 2160],
  ] as const) {
    const screen = { diagonal_in: 55, width, height, distance_m: 8 };
    const layout = boardLayout(face(screen), screen, {
      ticketEm: columnEm('ticket', ['A0123']),
      windowEm: columnEm('window', ['A101']),
      queues: [{ zh: 8, en: 30 }],
    });
    const mm = (px: number) => (px * CAPITAL_EM) / pixels(screen);
    assert.ok(mm(layout.dense) >= 97.5, `rows are ${mm(layout.dense).toFixed(1)} mm`);
    assert.ok(layout.hero >= layout.dense && layout.hero >= layout.comfort);
    assert.deepEqual(
      layout.fits.filter(({ role }) => role === 'number'),
      [],
    );
  }
});

test('a head gives up the date first, then English, then the zone, and never the hall', () => {
  const type = { pad: 35, label: 42, note: 30 };
  const content = {
    hall: { zh: '示例市政务服务中心', en: 'Example City Service Hall' },
    place: { zh: '民生事务等候区', en: 'Civil affairs, education and health' },
    demo: true,
    mark: false,
  };
  const shown = [2400, 1920, 1400, 900].map((width) =>
    headerFit({ width, height: 900 }, type, content),
  );
  assert.deepEqual(shown[0], { date: true, english: true, place: true, name: 1 });
  const { name, ...least } = shown[3] ?? { name: 0 };
  assert.deepEqual(least, { date: false, english: false, place: false });
  assert.ok(name > 0.5 && name <= 1);
  const kept = shown.map((fit) => Object.values(fit).filter((part) => part === true).length);
  assert.deepEqual(
    kept,
    kept.toSorted((a, b) => b - a),
  );
});

test('a window sign’s number is as high as it can be, in each shape', () => {
  for (const [width, height, shape] of [
    [1920, 540, 'bar'],
    [1366, 768, 'wide'],
    [1080, 1920, 'tall'],
  ] as const) {
    const screen = { diagonal_in: 32, width, height, distance_m: 6 };
    const sign = signLayout(face(screen), screen, '12', 'A038');
    assert.equal(sign.shape, shape);
    assert.deepEqual(sign.fits, [], shape);
    assert.ok(sign.hero * emWidth('A038') <= width && sign.hero > 2 * sign.label);
  }
});

test('long tickets are set smaller instead of being cut', () => {
  assert.equal(fitIn('A001', 4), 1);
  assert.ok(Math.abs(fitIn('SB2026110345', 4) * emWidth('SB2026110345') - 4) < 0.001);
});

test('notices go on as few pages as they fit', () => {
  const notice = { id: 'n', title: { zh: '先取号' }, body: { zh: '入口处'.repeat(20) } };
  const pages = noticePages(
    Array.from({ length: 5 }, () => notice),
    { width: 800, height: 600 },
    40,
    24,
  );
  assert.equal(pages.flat().length, 5);
  assert.ok(pages.length > 1 && pages.every((page) => page.length > 0));
  assert.deepEqual(noticePages([], { width: 800, height: 600 }, 40, 24), []);
});

/** The tokens of a theme, in the order of the file. */
function tokens(theme: 'day' | 'night'): ReadonlyMap<string, string> {
  const css = readFileSync(new URL('../../screen/theme.css', import.meta.url), 'utf8');
  const block = css.slice(css.indexOf(`[data-theme='${theme}'] {`));
  const body = block.slice(0, block.indexOf('}'));
  return new Map(
    [...body.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

/** Contrast of two colours, WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const pairs: [string, string, number][] = [
  ...['ink', 'ink-2'].map((ink): [string, string, number] => [ink, 'paper', 7]),
  ['on-field', 'field', 7],
  ['on-alarm', 'alarm', 7],
  ['on-alarm', 'alarm-notice', 7],
  ...['ink-3', 'cinnabar', 'amber', 'orange', 'red', 'demo'].map(
    (ink): [string, string, number] => [ink, 'paper', 4.5],
  ),
  ['jade', 'paper', 4.5],
  ['ink', 'paper-2', 7],
  ['ink-3', 'paper-2', 4.5],
];

for (const theme of ['day', 'night'] as const) {
  test(`contrast: 7:1 for numbers, 4.5:1 for words, in the ${theme} theme`, () => {
    const colours = tokens(theme);
    for (const [ink, paper, least] of pairs) {
      const [front, back] = [colours.get(ink), colours.get(paper)];
      assert.ok(front && back, `${ink} or ${paper} is missing`);
      const ratio = contrast(front, back);
      assert.ok(ratio >= least, `${ink} on ${paper} is ${ratio.toFixed(2)}, should be ${least}`);
    }
  });
}

test('both themes have the same tokens', () => {
  assert.deepEqual([...tokens('day').keys()], [...tokens('night').keys()]);
});
