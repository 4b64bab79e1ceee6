// A command of a person at a page. Errors are the gateway's own words, for where they occur.
import type { CommandType } from '../hall/command.ts';

/** Carries the command out. Throws an Error with the gateway's reason. */
export async function sendCommand(type: CommandType, fields: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(fields);
  let response: Response;
  try {
    response = await fetch(`/api/v1/commands/${type}`, { method: 'POST', headers, body });
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
