// What the page asks of the gateway about discovered devices. Errors are the gateway's own words, for where they occur.
import { DEVICE_KINDS } from '../hall/config/kinds.ts';
import type { DiscoveredRow } from '../hall/view/devices.ts';

export { DEVICE_KINDS };

/** What a person decides of a discovered device. */
export interface Acceptance {
  readonly id: string;
  readonly kind: string;
  readonly zone: string;
  readonly window: string;
  /** what it is connected through */
  readonly via: string;
  readonly name: string;
}

/** Makes the device one of the hall. Throws an Error with the gateway's reason. */
export function accept(device: DiscoveredRow, acceptance: Acceptance): Promise<void> {
  return post('accept', device, acceptance);
}

/** Lists the device no more. Throws an Error with the gateway's reason. */
export function ignore(device: DiscoveredRow): Promise<void> {
  return post('ignore', device, {});
}

async function post(
  what: string,
  { source, address }: DiscoveredRow,
  fields: Acceptance | Record<string, never>,
): Promise<void> {
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  const query = new URLSearchParams([['source', source], ['address', address], ...given]);
  let response: Response;
  try {
    response = await fetch(`/api/v1/discovered/${what}?${query}`, { method: 'POST' });
  } catch {
    throw new Error('没有连上网关，请稍后再试 The gateway cannot be reached');
  }
  if (response.ok) return;
  throw new Error(reasonOf(await response.json().catch(() => undefined), response.status));
}

function reasonOf(problem: unknown, status: number): string {
  if (typeof problem === 'object' && problem !== null) {
    const { detail, title } = problem as Record<string, unknown>;
    if (typeof detail === 'string') return detail;
    if (typeof title === 'string') return title;
  }
  return `answer is ${status}`;
}
