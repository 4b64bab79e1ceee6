// Ends a WebSocket whose peer does not answer the close: the standard has no way to, and Deno waits for ever.

interface Core {
  tryClose(rid: number): void;
}

/** Closes the connection below, at once; returns whether that could be done. */
export function cutOff(socket: WebSocket): boolean {
  const internals = Deno as unknown as { internal: symbol } & Record<symbol, { core?: Core }>;
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === '[[rid]]',
  );
  const core = internals[internals.internal]?.core;
  const rid: unknown = symbol && (socket as unknown as Record<symbol, unknown>)[symbol];
  if (core === undefined || typeof rid !== 'number') return false;
  core.tryClose(rid);
  return true;
}
