// The HTTP port: listens, hands each request to the router, and ends without waiting for whoever does not take an answer.
import { CannotListen } from '../listening.ts';
import type { Router } from './router.ts';

export interface HttpListener {
  readonly port: number;
  /** Lets answers that are on their way be taken, at most for a second. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 = any free one */
  readonly port: number;
  readonly router: Router;
  readonly onError: (error: unknown, where: { stage: 'http' }) => void;
}

const STOP_MS = 1_000;

/** Throws `CannotListen` where the port cannot be had. */
export function listenHttp({ host, port, router, onError }: ListenOptions): HttpListener {
  const late = new AbortController();
  const server = serve();
  return {
    port: server.addr.port,
    async close() {
      const timer = setTimeout(() => late.abort(), STOP_MS);
      await server.shutdown();
      clearTimeout(timer);
    },
  };

  function serve(): Deno.HttpServer<Deno.NetAddr> {
    try {
      return Deno.serve(
        {
          ...{ hostname: host, port, signal: late.signal, onListen: () => {} },
          onError: (error) => {
            onError(error, { stage: 'http' });
            return new Response('internal error\n', { status: 500 });
          },
        },
        (request, { remoteAddr }) => router(request, remoteAddr.hostname),
      );
    } catch (error) {
      throw new CannotListen('--http', host, port, error);
    }
  }
}
