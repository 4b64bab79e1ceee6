// DATA/subscriptions.json: which topics this gateway has asked the hall's broker for. A broker keeps a session's
// subscriptions for ever: those that the hall file no longer has must be given back, or their messages go on coming.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Subscriptions {
  /** Asked for by an earlier start, and not wanted any more. */
  readonly former: readonly string[];
  /** They have been given back. */
  settled(): void;
}

/** Writes down what will be asked for, before it is. A file that cannot be read knows of nothing. */
export function openSubscriptions(data: string, wanted: readonly string[]): Subscriptions {
  const file = join(data, 'subscriptions.json');
  const former = read(file).filter((filter) => !wanted.includes(filter));
  const write = (filters: readonly string[]): void => {
    mkdirSync(data, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(filters)}\n`);
    renameSync(`${file}.new`, file);
  };
  write([...wanted, ...former]);
  return { former, settled: () => write(wanted) };
}

function read(file: string): string[] {
  try {
    const filters: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(filters) ? filters.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
