// What tests ask a running gateway: its journal, its state, its figures; and the state that a journal leads to.
import { setTimeout as delay } from 'node:timers/promises';
import { stateJson } from '../../gateway/http/shape.ts';
import { parseHall } from '../../hall/config.ts';
import { bitOf, NO_MARKS, type Mark } from '../../hall/marks.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import { SOURCES } from '../../vendors/sources.ts';
import type { Gateway } from './gateway.ts';

export interface Line {
  readonly seq: number;
  readonly device: string;
  readonly stream: string;
  readonly received_at: number;
  readonly at: number;
  readonly marks?: readonly Mark[];
  readonly signal: { readonly id: string };
}

/** The whole journal after that entry, page by page. */
export async function journalOf({ url }: Gateway, after = 0): Promise<Line[]> {
  const lines: Line[] = [];
  for (;;) {
    const query = `after=${lines.at(-1)?.seq ?? after}&limit=10000`;
    const text = await textOf(`${url}/api/v1/journal?${query}`);
    const page = text.split('\n').filter((line) => line !== '');
    if (page.length === 0) return lines;
    for (const line of page) lines.push(JSON.parse(line) as Line);
  }
}

/** An answer's text; one that asks too often is told when to ask again, and does. */
async function textOf(url: string): Promise<string> {
  for (;;) {
    const answer = await fetch(url);
    if (answer.ok) return answer.text();
    const { status, headers } = answer;
    const detail = await answer.text();
    if (status !== 429) throw new Error(`${url}: ${status} ${detail}`);
    await delay(Number(headers.get('retry-after') ?? 1) * 1000);
  }
}

/** The state as its API has it. */
export async function stateOf({ url }: Gateway): Promise<unknown> {
  return ((await (await fetch(`${url}/api/v1/state`)).json()) as { state: unknown }).state;
}

/** The state that the journal's entries lead to, folded here. */
export function foldedFrom(entries: readonly Line[], yaml: string): unknown {
  const parsed = parseHall(yaml, 'hall.yaml', SOURCES);
  if (!parsed.ok) throw new Error('hall file');
  const { config } = parsed;
  let hall = startHall(config, entries[0]?.received_at ?? 0);
  for (const { seq, device, stream, at, marks: names = [], received_at, signal } of entries) {
    const marks = names.reduce((bits, name) => bits | bitOf(name), NO_MARKS);
    const entry = { seq, device, stream, at, marks, receivedAt: received_at, signal };
    hall = fold(hall, config, entry as unknown as Received);
  }
  return JSON.parse([...stateJson(hall)].join(''));
}

export async function metricOf({ url }: Gateway, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}
