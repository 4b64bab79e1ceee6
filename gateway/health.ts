// Whether the process can do its work, part by part, for /healthz and /readyz.

import type { HistoryStats } from './history/thread.ts';
import type { JournalStats } from './journal.ts';

export type PartState = 'starting' | 'ok' | 'degraded' | 'failing' | 'stopping';

export interface Part {
  readonly state: PartState;
  readonly detail?: string;
}

export interface Health {
  readonly parts: Readonly<Record<'journal' | 'state' | 'broker' | 'live' | 'history', Part>>;
}

/** What there is of the gateway so far. */
export interface Present {
  readonly journal?: { readonly stats: Readonly<JournalStats> };
  readonly hub?: object;
  readonly intake?: object;
  readonly live?: object;
  readonly history?: { readonly stats: HistoryStats };
}

export function healthOf(present: Present, stopping: boolean): Health {
  const { journal, hub, intake, live, history } = present;
  const part = (found: object | undefined): Part => {
    if (stopping) return { state: 'stopping' };
    return { state: found === undefined ? 'starting' : 'ok' };
  };
  const refused = 'the disk refuses commits: nothing is acknowledged';
  const late = [history?.stats.trouble, `${history?.stats.pending ?? 0} signals are not in it yet`]
    .filter((text) => text !== undefined)
    .join('; ');
  return {
    parts: {
      journal: journal?.stats.failing ? { state: 'failing', detail: refused } : part(journal),
      state: part(hub),
      broker: part(intake),
      live: part(live),
      history: history?.stats.failing ? { state: 'degraded', detail: late } : part(history),
    },
  };
}

/** 200 while no part that the work needs is failing; what is late only (history) degrades. */
export function healthzResponse({ parts }: Health): Response {
  const failing = Object.values(parts).some(({ state }) => state === 'failing');
  return answer(failing ? 503 : 200, { status: failing ? 'failing' : 'ok', parts });
}

/** 200 once the state is restored and devices may connect, until the stop begins. */
export function readyzResponse({ parts }: Health): Response {
  const { journal, state, broker, live } = parts;
  const ready = [journal, state, broker, live].every((part) => part.state === 'ok');
  return answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', parts });
}

function answer(status: number, body: object): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
