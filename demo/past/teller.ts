// Tells the days of the past on a thread of its own, and writes them into the journal's file, which no gateway has open yet.
import { join } from 'node:path';
import { Store, type CopyToAdopt } from '../../gateway/journal/store.ts';
import { pastDay, type DemoEvent } from '../day.ts';
import { readDemoHall } from '../hall.ts';

export interface Telling {
  readonly data: string;
  readonly timezone: string | undefined;
  readonly dates: readonly string[];
}

/** A day that the journal has; empty: all of them are told and the file is closed. */
export type Told = readonly DemoEvent[];

/** No letter is written. */
const LETTERS = { deadLetterMax: 1, deadLetterBytesMax: 1 };

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Telling>) => void) | null;
  postMessage(told: Told): void;
};

scope.onmessage = ({ data: { data, timezone, dates } }) => {
  const config = readDemoHall(timezone);
  const journal = new Store(join(data, 'journal.sqlite'), config.hall.id, LETTERS);
  let leaderships: CopyToAdopt['leaderships'] = [{ epoch: crypto.randomUUID(), seq: 1, letter: 1 }];
  for (const date of dates) {
    const events = pastDay(config, date);
    let { lastSeq } = journal;
    const rows = events.flatMap(({ device, stream, at, signal }) => {
      lastSeq += 1;
      return [lastSeq, signal.id, device, stream, at, at, JSON.stringify(signal), 0, 0];
    });
    journal.adopt({ rows, letters: [], leaderships });
    leaderships = [];
    scope.postMessage(events);
  }
  journal.close();
  scope.postMessage([]);
};
