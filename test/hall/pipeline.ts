// A hall as the gateway keeps it, without gateway: messages are decoded with what the state knows, and folded.
import type { HallConfig } from '../../hall/config.ts';
import { createDecoder } from '../../hall/decode.ts';
import { cutView } from '../../hall/view/index.ts';
import type { BoardView } from '../../hall/view/board.ts';
import type { LiveView } from '../../hall/view/live.ts';
import type { SignView } from '../../hall/view/sign.ts';
import { bitOf, namesOfMarks, type Mark } from '../../hall/marks.ts';
import { clockAheadMs } from '../../hall/reduce/clock.ts';
import { advance, reduce, startHall, type Received } from '../../hall/reduce.ts';
import { rulesOf } from '../../hall/rules.ts';
import type { Hall } from '../../hall/state.ts';
import { get } from '../../hall/table.ts';
import { sampleHall, TEN } from './sample.ts';

export interface Line {
  readonly entry: Received;
  readonly marks: readonly Mark[];
}

export class Pipeline {
  readonly config: HallConfig;
  readonly lines: Line[] = [];
  readonly reasons: string[] = [];
  hall: Hall;
  #seq = 0;
  readonly #ids = new Set<string>();
  readonly #decode;

  constructor(config: HallConfig = sampleHall(), startAt = TEN - 3_600_000) {
    this.config = config;
    this.hall = startHall(config, startAt);
    this.#decode = createDecoder(config, {
      clockAheadMs: (device) => {
        const live = get(this.hall.devices, device);
        return live && clockAheadMs(live);
      },
      alarmId: (device, id, _kind, receivedAt) =>
        this.#ids.has(`${device} ${id}`) ? `${id}@${receivedAt}` : id,
      fullBudget: () => undefined,
    });
  }

  /** One message; what is journaled for the first time is folded. */
  say(device: string, stream: string, payload: object, receivedAt: number, retained = false): void {
    const bytes = new TextEncoder().encode(JSON.stringify(payload));
    const topic = `hall/h1/${device}/${stream}`;
    const { accepted, rejected } = this.#decode(topic, bytes, receivedAt, retained);
    this.reasons.push(...rejected.map(({ reason }) => reason));
    for (const signal of accepted) {
      const key = `${signal.device} ${signal.journalId ?? signal.signal.id}`;
      if (this.#ids.has(key)) continue;
      this.#ids.add(key);
      this.#fold({ ...signal, receivedAt, seq: ++this.#seq } as Received);
    }
  }

  #fold(entry: Received): void {
    const before = advance(this.hall, this.config, entry.receivedAt);
    this.hall = reduce(before, entry, rulesOf(this.config));
    let { marks } = entry;
    for (const mark of ['late', 'irregular', 'inferred'] as const) {
      if (this.hall.counts[mark] > before.counts[mark]) marks |= bitOf(mark);
    }
    this.lines.push({ entry, marks: namesOfMarks(marks) });
  }

  tick(now: number): void {
    this.hall = advance(this.hall, this.config, now);
  }

  /** The numbers on a board, with their windows. */
  board(now: number, screen = 'b1'): string[] {
    const { calls } = this.#cut(`screen:${screen}`, now) as BoardView;
    return Object.values(calls)
      .map(({ ticket, window, state }) => `${ticket} ${window} ${state}`)
      .sort();
  }

  sign(now: number, screen = 'sign-1'): string | undefined {
    return (this.#cut(`screen:${screen}`, now) as SignView).call?.ticket;
  }

  live(now: number): LiveView {
    return this.#cut('live', now) as LiveView;
  }

  #cut(view: string, now: number): unknown {
    this.tick(now);
    return cutView(view, this.hall, this.config, now);
  }
}
