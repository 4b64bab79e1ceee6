// Why connections were refused or ended, counted by reason.
import type { Client } from 'aedes';
import { type CloseReason, isGone, LimitExceeded, PacketTooLarge } from './limits.ts';
import type { OversizeWatch } from './oversize.ts';

export class Closings {
  readonly oversize: OversizeWatch;
  readonly #counted = new WeakSet<Client>();
  readonly counts: Record<CloseReason, number> = {
    connections: 0,
    address_connections: 0,
    packet_size: 0,
    rate: 0,
    slow_subscriber: 0,
    connect_timeout: 0,
    keepalive: 0,
    malformed: 0,
    forbidden: 0,
    overload: 0,
    budget: 0,
    memory: 0,
    packet_time: 0,
    client_id: 0,
    protocol: 0,
    reset: 0,
    other: 0,
  };

  readonly #onLarge: (client: Client, topic: string, bytes: number) => void;

  /** @param onLarge told of a packet that was closed for its size, where its client and topic are known */
  constructor(
    oversize: OversizeWatch,
    onLarge: (client: Client, topic: string, bytes: number) => void,
  ) {
    this.oversize = oversize;
    this.#onLarge = onLarge;
  }

  /** An error has ended a client's connection; of several only the first counts. */
  count(client: Client, error: Error): void {
    if (this.#counted.has(client)) return;
    this.#counted.add(client);
    const reason = closeReason(error);
    if (reason !== undefined) this.counts[reason]++;
    if (error instanceof PacketTooLarge) {
      const { topic, bytes } = error;
      this.oversize.tell({ clientId: client.id ?? '', topic, bytes });
      if (topic !== undefined && client.id) this.#onLarge(client, topic, bytes);
    }
  }
}

/** What an error of aedes stands for; nothing for a peer that said goodbye by closing its end. */
function closeReason(error: Error & { code?: unknown }): CloseReason | undefined {
  if (error instanceof LimitExceeded) return error.reason;
  if (error.message === 'keep alive timeout') return 'keepalive';
  if (error.message === 'connect did not arrive in time') return 'connect_timeout';
  if (/premature close|connection closed/i.test(error.message)) return undefined;
  if (isGone(error)) return 'reset';
  if (typeof error.code === 'string') return 'other';
  return 'malformed';
}
