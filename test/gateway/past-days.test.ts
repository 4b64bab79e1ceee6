// SPEC §26: what the facts' thread tells of earlier days, from a file of facts and of a running gateway.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerFigures } from '../../gateway/facts/answer.ts';
import { Follower } from '../../gateway/facts/follower.ts';
import { PastDays } from '../../gateway/facts/past-days.ts';
import { FactStore } from '../../gateway/facts/store.ts';
import { createClock } from '../../gateway/clock.ts';
import type { EvaluationFact, VisitFact } from '../../hall/fact.ts';
import { PERIOD_FIGURES, type Periods } from '../../hall/periods.ts';
import type { UsualDay } from '../../hall/usual-day.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { addDays, businessDate } from '../../hall/zone-time.ts';
import { MINUTE, sampleHall } from '../hall/sample.ts';
import { connectDevice, eventually, openTestGateway, publish } from './open.ts';

const ZONE = 'Asia/Shanghai';
const HOUR = 60 * MINUTE;
/** A Friday, 10:00. */
const TODAY = '2026-11-20';
const TEN = Date.parse(`${TODAY}T10:00:00+08:00`);
const dayOf = (at: number) => businessDate(ZONE, at);

/** `many` visits of a day from 9:00 on, a minute apart, each served after five minutes and evaluated. */
function dayFacts(date: string, many: number) {
  const visits: VisitFact[] = [];
  const evaluations: EvaluationFact[] = [];
  // Numbers before those of any journal.
  const day = Math.round(Date.parse(`${date}T00:00:00Z`) / 86_400) - 1e10;
  for (let index = 0; index < many; index++) {
    const at = Date.parse(`${date}T09:00:00+08:00`) + index * MINUTE;
    const visit = day + index;
    visits.push({
      ...{ visit, ticket: `A${index}`, date, queue: 'q1', window: 'w1', class: 'normal' },
      ...{ issued_at: at, called_at: at + 4 * MINUTE, serving_at: at + 5 * MINUTE },
      ...{ ended_at: at + 6 * MINUTE, wait_ms: 5 * MINUTE, service_ms: MINUTE, held_ms: 0 },
      ...{ calls: 1, transfers: 0, end: 'completed' },
    });
    const level = index % 3 === 0 ? 1 : 5;
    evaluations.push({ evaluation: visit, at: at + 7 * MINUTE, date, window: 'w1', level });
  }
  return { visits, evaluations };
}

function fill(file: string, days: readonly (readonly [date: string, many: number])[]): void {
  const store = new FactStore(file, dayOf);
  for (const [date, many] of days) {
    const { visits, evaluations } = dayFacts(date, many);
    const byId = new Map(visits.map((visit) => [visit.visit, visit]));
    store.write({ visits: byId, evaluations, through: 0 });
  }
  store.close();
}

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'past-days-'));
}

class Rig {
  readonly store: FactStore;
  readonly follower: Follower;
  readonly pastDays: PastDays;
  usual: (UsualDay | undefined)[] = [];
  periods: Periods[] = [];

  constructor(file: string, now: number) {
    this.store = new FactStore(file, dayOf);
    const { store } = this;
    this.follower = new Follower({
      ...{ store, config: sampleHall(), firstSeq: 1, lastSeq: 0, now },
      journal: { read: () => [], commands: () => [] },
      onError: (error) => assert.fail(String(error)),
    });
    this.pastDays = new PastDays({
      ...{ store, follower: this.follower },
      onUsual: (usual) => void this.usual.push(usual),
      onPeriods: (periods) => void this.periods.push(periods),
      rest: () => Promise.resolve(true),
    });
  }

  async refresh(now: number): Promise<void> {
    this.follower.tick(now);
    await this.pastDays.refresh(now);
  }
}

const fridays = [1, 2, 3, 4].map((weeks) => addDays(TODAY, -7 * weeks));

Deno.test(
  '26.3 the usual day is made once for each business day, and again of other facts',
  async () => {
    const file = join(folder(), 'facts.sqlite');
    fill(file, [...fridays.map((date, index) => [date, 10 + index] as const), ['2026-11-19', 50]]);
    const rig = new Rig(file, TEN);
    await rig.refresh(TEN);
    const [usual] = rig.usual;
    assert.equal(usual?.kind, 'fri');
    assert.equal(usual.date, TODAY);
    assert.deepEqual(usual.whole.issued[18], { p10: 10, p50: 11, p90: 13 });
    assert.deepEqual(usual.queues.get('q1')?.issued[18], usual.whole.issued[18]);
    await rig.refresh(TEN + HOUR);
    assert.equal(rig.usual.length, 1);

    // Over midnight: Saturday is open too, and no past Saturday is known.
    await rig.refresh(TEN + 14 * HOUR);
    assert.deepEqual(rig.usual.slice(1), [undefined]);
    // The Friday after has the same days: nothing came on this one.
    await rig.refresh(TEN + 7 * 24 * HOUR);
    assert.deepEqual(rig.usual[2]?.whole, usual.whole);

    rig.pastDays.forget();
    await rig.refresh(TEN + 7 * 24 * HOUR);
    assert.deepEqual(rig.usual[3], rig.usual[2], 'the same facts give the same day');
    rig.store.close();
  },
);

Deno.test(
  '26.7 periods so far are what /api/v1/figures says, beside last year’s same span',
  async () => {
    const file = join(folder(), 'facts.sqlite');
    fill(file, [
      ...[['2024-12-31', 1] as const, ['2025-01-01', 4] as const, ['2025-11-01', 6] as const],
      // Of this day only those who came before 9:30 were in last year's same span.
      ...[['2025-11-20', 60] as const, ['2025-11-21', 7] as const],
      ...[['2026-01-01', 2] as const, ['2026-11-19', 3] as const, [TODAY, 40] as const],
    ]);
    const rig = new Rig(file, TEN);
    const now = TEN - 30 * MINUTE + 20_000;
    await rig.refresh(now);
    const [told] = rig.periods;
    assert.ok(told);
    const minute = TEN - 30 * MINUTE;
    for (const { soFar, lastYear } of [told.month, told.year]) {
      for (const span of [soFar, lastYear]) {
        assert.ok(span);
        const { from, to } = span;
        const question = { figures: PERIOD_FIGURES, from, to };
        const [row] = answerFigures(question, rig.store, rig.follower, now);
        assert.deepEqual(row, {
          issued: { value: span.issued, n: span.issued },
          served: { value: span.served, n: span.served },
          wait_mean_ms: span.meanWaitMs,
          satisfaction: span.satisfaction,
        });
      }
      assert.equal(soFar.to, minute);
      assert.equal(lastYear?.to, Date.parse('2025-11-20T09:30:00+08:00'));
    }
    assert.equal(told.month.soFar.issued, 3 + 30);
    assert.equal(told.month.lastYear?.issued, 6 + 30);
    assert.equal(told.year.soFar.issued, 2 + 3 + 30);
    assert.equal(told.year.lastYear?.issued, 4 + 6 + 30);

    await rig.refresh(now + 10_000);
    assert.equal(rig.periods.length, 1, 'the same minute');
    await rig.refresh(now + MINUTE);
    assert.equal(rig.periods[1]?.month.soFar.issued, 3 + 31);
    rig.store.close();
  },
);

Deno.test(
  '26.7 where the facts do not reach back, there is no last year, and the span begins with them',
  async () => {
    const file = join(folder(), 'facts.sqlite');
    fill(file, [['2026-11-05', 3]]);
    const rig = new Rig(file, TEN);
    await rig.refresh(TEN);
    const [told] = rig.periods;
    assert.equal(told?.year.lastYear, undefined);
    assert.equal(told?.year.soFar.from, Date.parse('2026-11-05T00:00:00+08:00'));
    rig.store.close();
  },
);

Deno.test(
  '26.3 pages of a running gateway have the outlook, also after a rebuild and over midnight',
  async () => {
    const data = folder();
    const pasts = [1, 2, 3].map((weeks) => addDays(TODAY, -7 * weeks));
    fill(join(data, 'facts.sqlite'), [
      ...pasts.flatMap((date) => [[date, 20] as const, [addDays(date, 1), 9] as const]),
    ]);
    let present = Date.parse(`${TODAY}T23:58:00+08:00`) - performance.now();
    const steady = () => performance.now();
    const clock = createClock(1, present, { wall: () => present + steady(), steady });
    const gateway = await openTestGateway({ data, clock });
    try {
      const device = await connectDevice(gateway, 'disp-1');
      await publish(device, 'device', { type: 'state', state: 'online', id: 'd1' });
      const outlook = async () => {
        const { data } = await gateway.json<{ data: LiveView }>('/api/v1/state?view=live');
        return data.outlook;
      };
      const atNine = async () => (await outlook())?.usual[0]?.issued.p50;
      await eventually('the usual Friday', atNine, (issued) => issued === 20);
      const rebuilt = await fetch(`${gateway.address}/api/v1/facts/rebuild`, { method: 'POST' });
      assert.ok(rebuilt.ok);
      await rebuilt.body?.cancel();
      assert.equal(await atNine(), 20);
      present += 3 * MINUTE;
      await eventually('the usual Saturday', atNine, (issued) => issued === 9);
      const saturday = await outlook();
      assert.equal(saturday?.name.en, 'usual Saturday');
      assert.equal(saturday.forecast?.length, 48, 'a hall that never closes');
      await device.endAsync();
    } finally {
      await gateway.stop();
    }
  },
);
