/** An entry of the journal as one line of JSON. */
import type { SQLOutputValue } from 'node:sqlite';
import { namesOfMarks } from '../../hall/marks.ts';
import { hasBy, readText } from './by.ts';

type Row = Record<string, SQLOutputValue>;

/** As `/api/v1/journal` tells it; `marks` and `irregular` are left out where there are none. */
export function lineOf(row: Row): string {
  const { seq, device, stream, at, received_at: receivedAt, marks, signal } = row;
  const names = namesOfMarks(Number(marks));
  const marked = names.length === 0 ? '' : `,"marks":${JSON.stringify(names)}`;
  const irregular = names.includes('irregular') ? ',"irregular":true' : '';
  const { text, by } = partsOf(String(signal), Number(marks));
  return (
    `{"seq":${seq},"device":${JSON.stringify(device)},"stream":${JSON.stringify(stream)}` +
    `,"at":${at},"received_at":${receivedAt},"signal":${text}${by}${marked}${irregular}}`
  );
}

/** A device's signal is put in as it is; the text of a command's event has whose it is beside the event. */
function partsOf(text: string, marks: number): { text: string; by: string } {
  if (!hasBy(marks)) return { text, by: '' };
  const { signal, by } = readText(text, marks);
  return { text: JSON.stringify(signal), by: `,"by":${JSON.stringify(by)}` };
}
