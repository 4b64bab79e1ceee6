// How much an SVG draws by `use`: parts that use parts that use parts grow exponentially, and a screen that shows such a
// file hangs.

/** More drawings of parts than that are no picture. */
const DRAWN_MAX = 20_000;
/** Parts that use parts, one within the other. */
const DEPTH_MAX = 100;
/** Parts with an id; browsers and this count go through all of them. */
const IDS_MAX = 50_000;

export class UseCounter {
  /** Of each open element: its id. */
  readonly #open: (string | undefined)[] = [];
  /** By id: which parts are used within. The whole file has the id ''. */
  readonly #uses = new Map<string, string[]>([['', []]]);
  #count = 0;

  open(id: string | undefined, used: string | undefined): void {
    this.#open.push(id);
    if (id !== undefined && this.#uses.size < IDS_MAX && !this.#uses.has(id)) {
      this.#uses.set(id, []);
    }
    if (used === undefined || ++this.#count > DRAWN_MAX) return;
    this.#uses.get('')?.push(used.slice(1));
    for (const around of this.#open) {
      if (around !== undefined) this.#uses.get(around)?.push(used.slice(1));
    }
  }

  close(): void {
    this.#open.pop();
  }

  /** Also for a part that uses itself. */
  isTooMany(): boolean {
    if (this.#count > DRAWN_MAX) return true;
    const drawn = new Map<string, number>();
    const visit = (id: string, depth: number): number => {
      if (depth > DEPTH_MAX) return Infinity;
      const known = drawn.get(id);
      if (known !== undefined) return known;
      // As long as a part is being counted it stands for too many: a part that leads back to it never ends.
      drawn.set(id, Infinity);
      let sum = 1;
      for (const used of this.#uses.get(id) ?? []) sum += visit(used, depth + 1);
      drawn.set(id, sum);
      return sum;
    };
    return visit('', 0) > DRAWN_MAX;
  }
}
