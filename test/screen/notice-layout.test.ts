// A notice screen's type and turns: as large as the longest notice allows, readable, slow enough to read twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice, ScreenFace } from '../../hall/view/common.ts';
import { noticeLayout, noticeMs } from '../../signage/notice-layout.ts';
import { typeScale } from '../../screen/type-scale.ts';

const upright: ScreenFace = {
  ...{ id: 'n1', name: { zh: '公告屏' }, layout: 'notice', theme: 'night' },
  ...{ diagonal_in: 49, width: 1080, height: 1920, distance_m: 4 },
};
const notice = (hanzi: number): Notice => ({
  id: 'n',
  title: { zh: '请带好身份证件', en: 'Please bring your identity card' },
  body: { zh: '证'.repeat(hanzi), en: 'word '.repeat(hanzi / 4) },
});

test('the longest notice decides the size, which never falls below what the distance asks', () => {
  const sizes = [40, 200, 400, 1000].map(
    (hanzi) => noticeLayout(upright, upright, [notice(40), notice(hanzi)]).text,
  );
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
  );
  assert.ok(new Set(sizes).size >= 3, sizes.join());
  const { least } = typeScale(upright);
  for (const size of sizes) assert.ok(size >= least.label, `${size} of ${least.label}`);
});

test('a short notice is large in both shapes', () => {
  const across = { ...upright, width: 1920, height: 1080 };
  for (const face of [upright, across]) {
    assert.ok(noticeLayout(face, face, [notice(40)]).text > 0.05 * 1080, `${face.width}`);
  }
});

test('a notice stands at least ten seconds, a long one for two readings, none for ever', () => {
  assert.equal(noticeMs([]), 10_000);
  assert.equal(noticeMs([notice(4)]), 10_000);
  assert.equal(noticeMs([notice(4), notice(73)]), 40_000);
  assert.equal(noticeMs([notice(1000)]), 60_000);
});
