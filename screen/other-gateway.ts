// A page whose gateway is gone goes on at the other one of the pair by itself, and stays there as long as that one works.
// Which others there are it hears from its own gateway, and remembers. SPEC §17.15.

/** What the page stands in; handed in by tests. */
export interface Around {
  /** of this page's gateway, such as http://10.0.0.1:8080 */
  readonly origin: string;
  /** path and query of this page */
  readonly path: string;
  readonly hash: string;
  readonly now: () => number;
  readonly every: (run: () => void, ms: number) => () => void;
  readonly fetch: typeof fetch;
  readonly recall: () => string | null;
  readonly remember: (text: string) => void;
  readonly forgetHash: () => void;
  readonly go: (url: string) => void;
}

export interface Known {
  readonly pages: readonly string[];
  readonly afterMs: number;
}

interface Answer extends Known {
  readonly leads: boolean;
}

const PATH = '/api/v1/gateways';
const LOOK_MS = 500;
const ANSWER_MS = 2_000;
/** What is known of the pair is asked for again; where there was no answer, sooner. */
const AGAIN_MS = 300_000;
const TRY_AGAIN_MS = 5_000;
/** A gateway that does not lead yet is worth going to when nobody led for so many times the silence. */
const STANDBY_TIMES = 2.5;
/** After so long of live data a page has arrived. */
const ARRIVED_MS = 60_000;
const MOVES_MAX = 6;
const MARK = /^#moved=(\d)$/;
const ORIGIN = /^https?:\/\/[a-z0-9.:[\]-]{1,260}$/;

/**
 * Watches until it is ended.
 * @param silentMs how long ago the gateway's data was last known to be its present one
 */
export function watchOtherGateway(silentMs: () => number, around: Around): () => void {
  const watch = new Watch(silentMs, around);
  return around.every(() => void watch.look(), LOOK_MS);
}

class Watch {
  readonly #silentMs: () => number;
  readonly #around: Around;
  readonly #arrivedAt: number;
  #known: Known;
  #askAt = -Infinity;
  #liveSince: number | undefined;
  /** How often this page went from one to the other without having arrived. */
  #moves: number;
  #busy = false;

  constructor(silentMs: () => number, around: Around) {
    this.#silentMs = silentMs;
    this.#around = around;
    this.#arrivedAt = around.now();
    this.#known = readKnown(around.recall()) ?? { pages: [], afterMs: 0 };
    const mark = MARK.exec(around.hash)?.[1];
    this.#moves = Number(mark ?? 0);
    if (mark !== undefined) around.forgetHash();
  }

  async look(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await (this.#isSilent() ? this.#leave() : this.#learn());
    } finally {
      this.#busy = false;
    }
  }

  /** For so long that the others are asked; before anything is known of them never. */
  #isSilent(): boolean {
    const { pages, afterMs } = this.#known;
    const others = pages.some((page) => page !== this.#around.origin);
    return others && this.#silentMs() >= afterMs;
  }

  /** What the gateway says of the pair, while it is heard. */
  async #learn(): Promise<void> {
    const { now, origin, remember } = this.#around;
    const present = now();
    this.#liveSince ??= present;
    if (present - this.#liveSince >= ARRIVED_MS) this.#moves = 0;
    if (present < this.#askAt) return;
    this.#askAt = present + TRY_AGAIN_MS;
    const answer = await this.#ask(origin);
    if (answer === undefined) return;
    this.#askAt = present + AGAIN_MS;
    const { pages, afterMs } = answer;
    this.#known = { pages, afterMs };
    remember(JSON.stringify(this.#known));
  }

  /**
   * A gateway that answers is not left, whatever else is the matter. Who went to and fro waits twice as long each time.
   */
  async #leave(): Promise<void> {
    this.#liveSince = undefined;
    const { origin, path, now, go } = this.#around;
    const { pages, afterMs } = this.#known;
    const stayMs = this.#moves === 0 ? 0 : afterMs * 2 ** this.#moves;
    if (now() - this.#arrivedAt < stayMs) return;
    if ((await this.#ask(origin)) !== undefined) return;
    for (const page of pages) {
      if (page === origin) continue;
      const other = await this.#ask(page);
      // It may have come back meanwhile.
      if (other === undefined || !this.#isSilent()) continue;
      if (!other.leads && this.#silentMs() < afterMs * STANDBY_TIMES) continue;
      return go(`${page}${path}#moved=${Math.min(MOVES_MAX, this.#moves + 1)}`);
    }
  }

  /** Undefined where it does not answer, or is not ready to show pages. */
  async #ask(page: string): Promise<Answer | undefined> {
    try {
      const response = await this.#around.fetch(`${page}${PATH}`, {
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (!response.ok) return undefined;
      const { pages, after_ms, leads } = (await response.json()) as Record<string, unknown>;
      const known = knownOf(pages, after_ms);
      return known && { ...known, leads: leads === true };
    } catch {
      return undefined;
    }
  }
}

function readKnown(text: string | null): Known | undefined {
  try {
    const { pages, afterMs } = JSON.parse(text ?? '') as Record<string, unknown>;
    return knownOf(pages, afterMs);
  } catch {
    return undefined;
  }
}

/** Only web addresses without a path: a page goes nowhere else. */
function knownOf(pages: unknown, afterMs: unknown): Known | undefined {
  if (!Array.isArray(pages) || pages.length > 4 || typeof afterMs !== 'number') return undefined;
  if (!pages.every((page) => typeof page === 'string' && ORIGIN.test(page))) return undefined;
  return { pages: pages as string[], afterMs: Math.max(1_000, afterMs) };
}
