// The entries of a commit are folded in place (SPEC §4.8.1): the same states as entry by entry, and no state that somebody has
// is changed.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { foldBatch, foldEntry } from '../../gateway/fold.ts';
import type { Entry } from '../../gateway/journal/entry.ts';
import { startHall, type Received } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { anyHistory, sampleHall, TEN } from '../hall/sample.ts';

const config = sampleHall();
const never = (_entry: Entry, error: unknown): never => {
  throw error;
};

const journalOf = (events: readonly Received[]) => events as unknown as readonly Entry[];

function oneByOne(start: Hall, entries: readonly Entry[]): Hall {
  return entries.reduce((hall, entry) => foldEntry(hall, entry, config, () => {}).after, start);
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

Deno.test('4.8.1 commits of any size lead to the states that single entries lead to', () => {
  fc.assert(
    fc.property(anyHistory, fc.array(fc.integer({ min: 1, max: 40 })), (events, sizes) => {
      const entries = journalOf(events);
      let hall = startHall(config, TEN);
      for (let from = 0, nth = 0; from < entries.length; nth++) {
        const commit = entries.slice(from, from + (sizes[nth] ?? 7));
        from += commit.length;
        const expected = oneByOne(hall, commit);
        hall = foldBatch(frozen(hall), commit, config, never).hall;
        equal(hall, expected);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test(
  '4.8.1 an entry that cannot be taken in the middle of a commit leaves nothing of itself',
  () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), (events, position) => {
        const entries = journalOf(events);
        const at = position % (entries.length + 1);
        const device = entries[0]?.device ?? 'caller-1';
        // The device is counted before the window of the signal is asked for.
        const signal = Object.defineProperty(
          { type: 'called', id: 'broken', ticket: 'A1' },
          'window',
          {
            enumerable: true,
            get: () => {
              throw new Error('no window');
            },
          },
        );
        const broken: Entry = {
          ...{ seq: 0, device, stream: 'ticket', id: 'broken', at: TEN, receivedAt: TEN },
          signal,
        };
        const start = frozen(startHall(config, TEN));
        const refused: string[] = [];
        const { hall } = foldBatch(start, entries.toSpliced(at, 0, broken), config, ({ id }) => {
          refused.push(id);
        });
        ok(refused.includes('broken'));
        equal(hall, oneByOne(start, entries));
      }),
      { numRuns: 60 },
    );
  },
);
