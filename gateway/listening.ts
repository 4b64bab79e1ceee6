// Why an address cannot be listened at, for whoever chose it.

/** Its text says what to do. */
export class CannotListen extends Error {
  override name = 'CannotListen';

  /** @param flag the one that gives this address */
  constructor(flag: string, host: string, port: number, cause: unknown) {
    super(`${flag}: ${host}:${port} ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (cause instanceof Deno.errors.AddrInUse || code === 'EADDRINUSE') {
    return 'is in use by another program: stop that one, or give another port';
  }
  if (cause instanceof Deno.errors.AddrNotAvailable || code === 'EADDRNOTAVAIL') {
    return 'is no address of this machine: give one that is, or 0.0.0.0 for all of them';
  }
  if (cause instanceof Deno.errors.PermissionDenied || code === 'EACCES') {
    return 'may not be opened by this user: give a port from 1024 on';
  }
  return `cannot be listened at: ${cause instanceof Error ? cause.message : String(cause)}`;
}
