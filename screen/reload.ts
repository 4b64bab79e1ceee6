// When a page loads itself anew: for a new version or protocol of the gateway, or because it cannot show what it should.
// Once soon, then ever more rarely while that did not help; never while the page's address does not answer, since a page
// that was loaded from a dead gateway has no script that could come back. Clock, store and address are handed in. SPEC §7.

/** `protocol`, `version`: the gateway has another one; `failure`: a part failed; `mismatch`: the page shows something else than its view. */
export type ReloadReason = 'protocol' | 'version' | 'failure' | 'mismatch';

export interface ReloadPort {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** 0 ≤ chance < 1 */
  random(): number;
  /** how often the page has loaded itself anew without effect, kept over a reload; may throw */
  load(): number;
  save(attempts: number): void;
  /** whether the page's own address answers now */
  answers(): Promise<boolean>;
  reload(): void;
}

/** The screens of a hall do not all come at the same moment: the wait is up to three times as long. */
const FIRST_MS = 5_000;
const AGAIN_MS = 60_000;
const AGAIN_MS_MAX = 10 * 60_000;
const DOUBLINGS_MAX = 10;
/** A page that has shown what it should for so long has loaded with effect. */
const WELL_MS = 2 * 60_000;

export class Reloader {
  readonly #port: ReloadPort;
  #attempts: number;
  #due: { readonly reason: ReloadReason; readonly timer: unknown } | undefined;
  #wellTimer: unknown;

  constructor(port: ReloadPort) {
    this.#port = port;
    this.#attempts = this.#loaded();
  }

  /** The page has loaded itself anew, and that did not help yet. */
  get again(): boolean {
    return this.#attempts > 0;
  }

  /** Asks for a new load. A timer that runs is never set anew: each refused attempt asks again. */
  want(reason: ReloadReason): void {
    this.#port.clearTimeout(this.#wellTimer);
    this.#wellTimer = undefined;
    if (this.#due) return;
    const { random } = this.#port;
    const longest = AGAIN_MS * 2 ** Math.min(DOUBLINGS_MAX, this.#attempts - 1);
    const ms =
      this.#attempts === 0
        ? FIRST_MS * (1 + 2 * random())
        : Math.min(AGAIN_MS_MAX, longest) * (0.75 + random() / 2);
    this.#wait(reason, ms);
  }

  /** The page shows what it should: what was wanted for the connection's sake alone is not needed any more. */
  well(): void {
    if (this.#due?.reason === 'protocol') {
      this.#port.clearTimeout(this.#due.timer);
      this.#due = undefined;
    }
    if (this.#due || this.#attempts === 0) return;
    this.#wellTimer ??= this.#port.setTimeout(() => this.#keep(0), WELL_MS);
  }

  /** What `reason` asked for is no longer needed. */
  unwant(reason: ReloadReason): void {
    if (this.#due?.reason !== reason) return;
    this.#port.clearTimeout(this.#due.timer);
    this.#due = undefined;
    this.well();
  }

  #wait(reason: ReloadReason, ms: number): void {
    const timer = this.#port.setTimeout(() => void this.#try(reason), ms);
    this.#due = { reason, timer };
  }

  async #try(reason: ReloadReason): Promise<void> {
    const due = this.#due;
    const answers = await this.#port.answers().catch(() => false);
    if (this.#due !== due) return;
    if (!answers) return this.#wait(reason, FIRST_MS * (1 + this.#port.random()));
    this.#keep(this.#attempts + 1);
    this.#port.reload();
  }

  #keep(attempts: number): void {
    this.#attempts = attempts;
    try {
      this.#port.save(attempts);
    } catch {
      // A browser without a store: the next load counts itself by how it came about.
    }
  }

  #loaded(): number {
    try {
      const attempts = this.#port.load();
      return Number.isSafeInteger(attempts) && attempts > 0 ? attempts : 0;
    } catch {
      return 0;
    }
  }
}
