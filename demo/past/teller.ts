// Tells days of the past on a thread of its own, and writes them into the journal's file, which no gateway has open yet.
import { pastDay, type DemoEvent } from '../day.ts';
import { readDemoHall } from '../hall.ts';
import { openPast } from './journal.ts';

/** Once, then a date at a time; undefined for the end. */
export interface Telling {
  /** the journal's */
  readonly file: string;
  readonly timezone: string | undefined;
}
export type Asked = Telling | string | undefined;

/** A day that stands in the journal; undefined: the file is closed. */
export type Told = readonly DemoEvent[] | undefined;

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Asked | null>) => void) | null;
  postMessage(told: Told): void;
};

scope.onmessage = ({ data }) => {
  if (typeof data !== 'object' || data === null) return;
  const { file, timezone } = data;
  const config = readDemoHall(timezone);
  const journal = openPast(file, config.hall.id);
  const tell = (date: string): readonly DemoEvent[] => {
    const events = pastDay(config, date);
    const { lastSeq } = journal;
    const rows = events.flatMap(({ device, stream, at, signal }, index) => [
      ...[lastSeq + index + 1, signal.id, device, stream],
      ...[at, at, JSON.stringify(signal), 0, 0],
    ]);
    const leadership = { epoch: crypto.randomUUID(), seq: 1, letter: 1 };
    journal.adopt({ rows, letters: [], leaderships: lastSeq === 0 ? [leadership] : [] });
    return events;
  };
  scope.onmessage = ({ data: date }) => {
    if (typeof date === 'string') return scope.postMessage(tell(date));
    journal.close();
    scope.postMessage(undefined);
  };
};
