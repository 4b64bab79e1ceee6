// The answer of whoever upgraded a connection: the handshake is on its way already.
export const UPGRADED = new Response(null);
