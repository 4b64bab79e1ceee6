// Whether the process can do its work, part by part, for /healthz and /readyz.

export type PartState = 'starting' | 'ok' | 'degraded' | 'failing' | 'stopping';

export interface Part {
  readonly state: PartState;
  readonly detail?: string;
}

export interface Health {
  readonly parts: Readonly<Record<'journal' | 'state' | 'broker' | 'live' | 'history', Part>>;
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
