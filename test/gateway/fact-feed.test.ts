// What is read of the facts for an InfluxDB, and how far it may be written: no database is needed for either.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { FactStore, type Flush } from '../../gateway/facts/store.ts';
import { FactSteps } from '../../gateway/history/fact-steps.ts';
import { readFacts } from '../../gateway/history/facts.ts';
import type { VisitFact } from '../../hall/fact.ts';

const AT = Date.UTC(2026, 10, 20, 2);
const NS = 1_000_000n;

function visit(id: number, more: Partial<VisitFact> = {}): VisitFact {
  return {
    ...{ visit: id, ticket: `A${id}`, date: '2026-11-20', class: 'normal', issued_at: AT + id },
    ...{ ended_at: AT + 60_000, held_ms: 0, calls: 1, transfers: 0, end: 'completed' },
    ...more,
  };
}

function withStore(play: (store: FactStore, file: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const file = `${folder}/facts.sqlite`;
  const store = new FactStore(file, () => '2026-11-20');
  play(store, file);
  store.close();
  Deno.removeSync(folder, { recursive: true });
}

function put(store: FactStore, visits: readonly VisitFact[], more: Partial<Flush> = {}): void {
  const facts = new Map(visits.map((each) => [each.visit, each]));
  store.write({ visits: facts, evaluations: [], through: 1, ...more });
}

function reader(store: FactStore, file: string) {
  let after = 0;
  /** What is new since the last time. */
  return (limit = 100, last = store.version) => {
    const batch = readFacts({ file, hall: 'h1' }, after, last, limit);
    after = batch?.through ?? after;
    return {
      times: batch?.points.map(({ timestampNs }) => timestampNs - BigInt(AT) * NS),
      gone: batch?.gone?.map(({ measurement, fromNs, toNs }) => ({
        ...{ measurement, from: fromNs - BigInt(AT) * NS, one: toNs === fromNs },
      })),
    };
  };
}

const timeOf = (id: number): bigint => BigInt(id) * NS + BigInt(id);

Deno.test('10.7 facts are read in the order of their changes, each once', () =>
  withStore((store, file) => {
    const read = reader(store, file);
    equal(read(), { times: [], gone: [] }, 'nothing yet: it is read up to here');
    equal(read(), { times: undefined, gone: undefined });
    put(store, [visit(1), visit(2), visit(3)]);
    const { version } = store;
    put(store, [visit(4), visit(1)]);
    equal(read(2).times, [timeOf(1), timeOf(2)]);
    equal(read(2, version).times, [timeOf(3)], 'no further than asked for');
    equal(read(2).times, [timeOf(4)], 'a fact that says the same is no change');
    put(store, [visit(2, { level: 5 })]);
    equal(read(), { times: [timeOf(2)], gone: [] }, 'a field more overwrites the point');
  }),
);

Deno.test(
  '10.8 a visit that moves, loses a field or has not ended after all is deleted first',
  () =>
    withStore((store, file) => {
      const read = reader(store, file);
      put(store, [visit(1, { level: 5 }), visit(2), visit(3)]);
      read();
      const gone = (id: number) => ({ measurement: 'visit', from: timeOf(id), one: true });
      put(store, [visit(1), visit(2, { issued_at: AT })]);
      equal(read(), { times: [timeOf(1), 2n], gone: [gone(1), gone(2)] });
      store.write({ visits: new Map([[3, undefined]]), evaluations: [], through: 2 });
      equal(read(), { times: [], gone: [gone(3)] });
    }),
);

Deno.test('10.8 of deletions the latest 10,000 are kept', () =>
  withStore((store, file) => {
    const visits = Array.from({ length: 10_100 }, (_, id) => visit(id));
    put(store, visits);
    put(
      store,
      visits.map((each) => ({ ...each, issued_at: each.issued_at + 1 })),
    );
    equal(readFacts({ file, hall: 'h1' }, 0, store.version, 50_000)?.gone?.length, 10_000);
  }),
);

Deno.test('10.8 facts that are made again replace what was written of these days', () =>
  withStore((store, file) => {
    const read = reader(store, file);
    const sum = { kind: 'zone', of: 'z1', hour: AT, spent: {}, n: 1, sum: 4 } as const;
    const sums = [{ ...sum, min: 4, max: 4, last: 4, lastAt: AT }];
    put(store, [visit(1)], { sums });
    equal(read().times, [timeOf(1), 0n]);
    store.forgetFrom('2026-11-20', AT, 9);
    put(store, [visit(1)]);
    const all = (measurement: string) => ({ measurement, from: 0n, one: false });
    equal(read(), { times: [timeOf(1)], gone: [all('visit'), all('hour')] });
  }),
);

Deno.test('10.7 a new facts file begins with later versions than the one before', () => {
  let last = 0;
  for (let file = 0; file < 2; file++) {
    withStore((store) => {
      ok(store.version > last);
      put(store, [visit(1), visit(2)]);
      last = store.version;
    });
  }
});

Deno.test(
  '17.9 versions of the facts that may be written, and that another gateway has written',
  () => {
    const steps = new FactSteps();
    equal(
      [steps.upTo(9), steps.writtenBy(9), steps.completeAt(9)],
      [undefined, undefined, undefined],
    );
    for (const [version, newest, kept] of [
      [100, 0, 0],
      [110, 10, 0],
      [120, 20, 20],
      [120, 25, 25],
      [130, 30, 25],
    ] as const) {
      steps.note({ version, newest, kept, through: newest });
    }
    equal(
      [-1, 0, 9, 10, 24, 99].map((seq) => steps.upTo(seq)),
      [undefined, 100, 100, 110, 120, 130],
    );
    equal(
      [0, 10, 20, 30].map((seq) => steps.writtenBy(seq)),
      [undefined, 100, 110, 120],
      'a step less',
    );
    equal(
      [99, 100, 119, 120, 999].map((version) => steps.completeAt(version)),
      [undefined, 0, 0, 25, 25],
    );
  },
);
