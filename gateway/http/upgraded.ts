// The response of a handler that upgraded the connection to a WebSocket: nothing is left to send.
export const UPGRADED = new Response(null);
