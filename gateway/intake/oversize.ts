// Packets over the size limit: their connection is closed before they are read, so nothing of them is among the dead
// letters. Who sent them is told in the log and stands as a fault, for a device sends such a packet again and again.
import type { Fault } from '../../hall/fault/kinds.ts';
import { message, type Tell } from '../log.ts';

export interface Oversize {
  readonly clientId: string;
  /** as far as it was read */
  readonly topic: string | undefined;
  readonly bytes: number;
}

interface Seen extends Oversize {
  readonly since: number;
  at: number;
  times: number;
}

const LINES_A_MINUTE = 10;
/** The fault stands for so long after the last such packet, ms. */
const STANDS_MS = 3_600_000;
/** Senders that are remembered; the earliest goes first. */
const SENDERS_MAX = 20;

export class OversizeWatch {
  readonly #now: () => number;
  readonly #warn: Tell;
  readonly #seen = new Map<string, Seen>();
  #minute = -1;
  #lines = 0;

  /** @param now ms since 1970 */
  constructor(now: () => number, warn: Tell = () => {}) {
    this.#now = now;
    this.#warn = warn;
  }

  tell(packet: Oversize): void {
    const now = this.#now();
    const clientId = packet.clientId.slice(0, 64);
    const known = this.#seen.get(clientId);
    this.#seen.delete(clientId);
    if (this.#seen.size >= SENDERS_MAX) this.#seen.delete([...this.#seen.keys()][0]!);
    const times = (known?.times ?? 0) + 1;
    this.#seen.set(clientId, { ...packet, clientId, since: known?.since ?? now, at: now, times });
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) [this.#minute, this.#lines] = [minute, 0];
    if (this.#lines++ >= LINES_A_MINUTE) return;
    const { topic, bytes } = packet;
    this.#warn(message('mqtt.too-large', {}), {
      ...{ stage: 'intake', client: clientId, topic, bytes },
    });
  }

  /** One fault for all senders: the last one is named, the others are counted. @param max bytes */
  faults(max: number): Fault[] {
    const now = this.#now();
    for (const [clientId, { at }] of this.#seen) {
      if (now - at > STANDS_MS) this.#seen.delete(clientId);
    }
    const all = [...this.#seen.values()];
    const last = all.at(-1);
    if (last === undefined) return [];
    const more = all.length - 1;
    const kib = (bytes: number) => Math.ceil(bytes / 1024);
    const name = last.clientId === '' ? '?' : last.clientId;
    return [
      {
        id: 'budget:packet',
        kind: 'budget',
        severity: 2,
        since: Math.min(...all.map(({ since }) => since)),
        title: {
          zh: `MQTT 报文过大，未接收：${name}，${kib(last.bytes)} KiB（上限 ${kib(max)} KiB）${more > 0 ? `，另有 ${more} 个客户端` : ''}`,
          en: `MQTT packet too large, not taken: ${name}, ${kib(last.bytes)} KiB (limit ${kib(max)} KiB)${more > 0 ? `, and ${more} more clients` : ''}`,
        },
        action: {
          zh: '请让设备发送更小的报文；确属需要时调大 limits.packet_kib',
          en: 'Let the device send smaller packets; where that is meant, raise limits.packet_kib',
        },
        ...(last.topic !== undefined && { detail: { zh: last.topic.slice(0, 200) } }),
        devices: [],
      },
    ];
  }
}
