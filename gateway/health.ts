// Whether the process can do its work, part by part, for /healthz and /readyz.

import type { PairRole } from '../hall/gateway-status.ts';
import type { HistoryStats } from './history/thread.ts';
import type { JournalStats } from './journal.ts';
import { localized } from './start/language.mjs';

export type PartState = 'starting' | 'ok' | 'degraded' | 'failing' | 'stopping';

export interface Part {
  readonly state: PartState;
  readonly detail?: string;
}

/** A part with the time since which it is in its state, ms since 1970. */
export type DatedPart = Part & { readonly since: number };

export interface Health<P extends Part = DatedPart> {
  readonly role: PairRole;
  readonly parts: Readonly<Record<'journal' | 'state' | 'broker' | 'live' | 'history', P>> & {
    /** of a pair only */
    readonly standby?: P;
  };
}

/** What there is of the gateway so far. */
export interface Present {
  readonly journal?: { readonly stats: Readonly<JournalStats> };
  readonly liveState?: object;
  readonly intake?: { readonly trouble: string | undefined };
  readonly live?: object;
  readonly history?: { readonly stats: HistoryStats };
  readonly standby?: { readonly health: Part & { readonly role: PairRole } };
}

/** Remembers since when each part is as it is; to be asked at least once a second. */
export function createHealth(
  present: () => Present,
  isStopping: () => boolean,
  clock: { now(): number },
): () => Health {
  const states = new Map<string, { state: PartState; since: number }>();
  const dated = (name: string, part: Part): DatedPart => {
    let known = states.get(name);
    if (known?.state !== part.state) {
      known = { state: part.state, since: clock.now() };
      states.set(name, known);
    }
    return { ...part, since: known.since };
  };
  return () => {
    const { role, parts } = healthOf(present(), isStopping());
    const { journal, state, broker, live, history, standby } = parts;
    return {
      role,
      parts: {
        journal: dated('journal', journal),
        state: dated('state', state),
        broker: dated('broker', broker),
        live: dated('live', live),
        history: dated('history', history),
        ...(standby && { standby: dated('standby', standby) }),
      },
    };
  };
}

export function healthOf(present: Present, stopping: boolean): Health<Part> {
  const { journal, liveState, intake, live, history } = present;
  const { role = 'leading', ...standby } = present.standby?.health ?? {};
  const part = (found: object | undefined): Part => {
    if (stopping) return { state: 'stopping' };
    return { state: found === undefined ? 'starting' : 'ok' };
  };
  const refused = localized(
    '磁盘拒绝写入：暂不确认任何消息',
    'the disk refuses commits: nothing is acknowledged',
  );
  const pending = history?.stats.pending ?? 0;
  const late = [
    history?.stats.trouble,
    localized(`还有 ${pending} 条信号未写入`, `${pending} signals are not in it yet`),
  ]
    .filter((text) => text !== undefined)
    .join(localized('；', '; '));
  return {
    role,
    parts: {
      journal: journal?.stats.failing ? { state: 'failing', detail: refused } : part(journal),
      state: part(liveState),
      // An external broker keeps what devices say meanwhile: the process can do its work.
      // A standby has no business there.
      broker:
        intake?.trouble && !stopping && role !== 'standby'
          ? { state: 'degraded', detail: intake.trouble }
          : part(intake),
      live: part(live),
      history: history?.stats.failing ? { state: 'degraded', detail: late } : part(history),
      ...('state' in standby && { standby: stopping ? { state: 'stopping' } : standby }),
    },
  };
}

/**
 * 200 while no part that the work needs is failing. What is late only (history), or waits for somebody else (a broker that
 * refuses the password: no device can be heard), degrades; `status` says so, for who looks at nothing else.
 */
export function healthzResponse({ role, parts }: Health): Response {
  const has = (wanted: PartState) => Object.values(parts).some(({ state }) => state === wanted);
  const status = has('failing') ? 'failing' : has('degraded') ? 'degraded' : 'ok';
  return answer(status === 'failing' ? 503 : 200, { status, role, parts });
}

/** 200 once the state is restored and devices may connect, until the stop begins. */
export function readyzResponse({ role, parts }: Health): Response {
  const { journal, state, broker, live } = parts;
  const ready =
    [journal, state, live].every((part) => part.state === 'ok') &&
    (broker.state === 'ok' || broker.state === 'degraded');
  return answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', role, parts });
}

function answer(status: number, body: object): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
