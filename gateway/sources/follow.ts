// Of a pair of gateways: what was accepted at the leader belongs to the hall at the standby too, for when it takes over.
import * as v from 'valibot';
import { parseDevice, type AcceptedFile } from '../../hall/config/accepted.ts';
import type { Accepted } from '../accepted.ts';

export interface FollowOptions {
  /** HTTP address of the other gateway */
  readonly peer: URL;
  /** This one is the standby, and the other one leads. */
  readonly follows: () => boolean;
  readonly accepted: Accepted;
  readonly onError: (error: unknown, where: { stage: string }) => void;
  readonly everyMs?: number;
}

const EVERY_MS = 2_000;
const TIMEOUT_MS = 2_000;

const answer = v.object({
  accepted: v.array(v.unknown()),
  ignored: v.array(v.object({ source: v.string(), address: v.string() })),
});

/** Starts following; returns its stop. That the leader does not answer is its link's to report. */
export function followAccepted(options: FollowOptions): () => void {
  const { follows, accepted, onError, everyMs = EVERY_MS } = options;
  const url = new URL('/api/v1/discovered', options.peer);
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy || !follows()) return;
    busy = true;
    try {
      const text = await read(url);
      if (text !== undefined && follows()) accepted.replace(parse(text));
    } catch (error) {
      onError(error, { stage: 'accepted devices' });
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return () => clearInterval(timer);
}

async function read(url: URL): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return response.ok ? text : undefined;
  } catch {
    return undefined;
  }
}

/** @throws where the other gateway says something else than this version does */
function parse(text: string): AcceptedFile {
  const { accepted, ignored } = v.parse(answer, JSON.parse(text));
  const devices = accepted.map((given) => {
    const parsed = parseDevice(given);
    if (!parsed.ok) throw new Error(`accepted devices: the other gateway's: ${parsed.problem}`);
    return parsed.device;
  });
  return { devices, ignored };
}
