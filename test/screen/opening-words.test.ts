// What screens say of a hall that is not open: before its hours, between them, after them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  openingDay,
  quietWords,
  shutWords,
  stripWords,
  type QuietView,
} from '../../signage/opening-words.ts';

const EIGHT_THIRTY = Date.parse('2026-11-23T08:30:00+08:00');
const hours = ['08:30-12:00', '13:30-17:30'];

test('an open hall is not shut; before, between and after its hours it is in words of their own', () => {
  assert.equal(shutWords({ state: 'open', hours }), undefined);
  assert.equal(shutWords({ state: 'closed', hours, opensToday: true })?.zh, '尚未开门');
  assert.equal(shutWords({ state: 'break', hours })?.zh, '午间休息');
  assert.equal(shutWords({ state: 'closed', hours })?.zh, '已经闭厅');
});

test('the day on which it opens: today by that word, another with its date, none where none is known', () => {
  const closed = { state: 'closed', hours, changesAt: EIGHT_THIRTY } as const;
  assert.deepEqual(openingDay({ ...closed, opensToday: true }, 'Asia/Shanghai'), {
    ...{ zh: '今天', en: 'today' },
  });
  assert.deepEqual(openingDay(closed, 'Asia/Shanghai'), {
    ...{ zh: '11月23日 星期一', en: 'Mon 23 Nov' },
  });
  assert.equal(openingDay({ state: 'closed', hours }, 'Asia/Shanghai'), undefined);
});

test('a screen without calls and notices says what its kind is about; one that is shut, that it is shut', () => {
  const of = (kind: QuietView['kind'], opening: QuietView['opening']) =>
    ({ kind, opening }) as QuietView;
  const open = { state: 'open', hours } as const;
  const heard = { known: true, waiting: 0 };
  assert.equal(quietWords(of('calls', open), heard).zh, '现在无人排队');
  assert.equal(quietWords(of('calls', open), { ...heard, waiting: 2 }).zh, '请稍候，等待叫号');
  assert.equal(quietWords(of('calls', open), { ...heard, known: false }).zh, '等待叫号系统');
  assert.equal(quietWords(of('notice', open), heard).zh, '正在办公');
  assert.equal(stripWords(of('calls', open)).zh, '请稍候，等待叫号');
  assert.equal(stripWords(of('notice', open)).zh, '正在办公');
  for (const kind of ['calls', 'notice'] as const) {
    const shut = of(kind, { state: 'break', hours });
    assert.equal(quietWords(shut, heard).zh, '午间休息');
    assert.equal(stripWords(shut).zh, '午间休息');
  }
});
