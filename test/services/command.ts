// A command of a person, as a page or a program sends it.

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @param address of the gateway, as in http://127.0.0.1:8080 */
export async function sendCommand(
  address: string,
  type: string,
  fields: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const response = await fetch(`${address}/api/v1/commands/${type}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(fields),
  });
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}
