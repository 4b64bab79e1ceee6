// How a bench runs: what it starts is tidied up whatever happens, its figures stand in one block beside their aims.

/** One measured value. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** digits after the point, 1 by default */
  readonly digits?: number;
  /** what it should be: a limit from above or from below, in the figure's unit */
  readonly aim?: { readonly below: number } | { readonly atLeast: number };
  /** a peer or a floor to read it against */
  readonly beside?: string;
}

/** Hands over what has to be undone, latest first. */
export type Tidy = (undo: () => Promise<unknown> | void) => void;

/** Where test/bench/run.mjs collects the lines of its table. */
const TABLE = 'HALLCAST_BENCH_TABLE';

/**
 * Runs one bench as the whole program: prints its block, exits with 0 when it could measure (also when it misses an aim)
 * and with 1 when it could not.
 */
export async function bench(
  name: string,
  body: (tidy: Tidy) => Promise<readonly Figure[]>,
): Promise<void> {
  const undos: (() => Promise<unknown> | void)[] = [];
  const tidyUp = async () => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
      try {
        await undo();
      } catch (error) {
        console.error(`${name}: tidying up:`, error);
      }
    }
  };
  let ending = false;
  const end = async (code: number, last: () => void): Promise<void> => {
    // What still runs while it is being stopped may fail as it likes.
    if (ending) return;
    ending = true;
    last();
    await tidyUp();
    Deno.exit(code);
  };
  const fail = (error: unknown) => end(1, () => console.error(`${name}: cannot measure:`, error));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    Deno.addSignalListener(signal, () => void end(130, () => {}));
  }
  addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    void fail(event.reason);
  });
  addEventListener('error', (event) => {
    event.preventDefault();
    void fail(event.error);
  });
  try {
    const figures = await body((undo) => undos.push(undo));
    await end(0, () => print(name, figures));
  } catch (error) {
    await fail(error);
  }
}

/** Tells what the bench is at, so that nobody waits before a silent screen. */
export function progress(text: string): void {
  console.log(`  … ${text}`);
}

/** This process's time, ms since 1970, finer than a millisecond and never set back. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The value at `share` (0 … 1) of the sorted values; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return sorted[Math.max(0, place)] ?? Number.NaN;
}

function print(name: string, figures: readonly Figure[]): void {
  const width = Math.max(...figures.map((figure) => figure.name.length));
  console.log(`\n${name}`);
  for (const figure of figures) {
    const { shown, remark } = words(figure);
    console.log(`  ${figure.name.padEnd(width)}  ${shown.padStart(12)}  ${remark}`.trimEnd());
  }
  const table = Deno.env.get(TABLE);
  if (table === undefined) return;
  const lines = figures.map((figure) => {
    return JSON.stringify({ bench: name, name: figure.name, ...words(figure) });
  });
  Deno.writeTextFileSync(table, `${lines.join('\n')}\n`, { append: true });
}

/** The figure, and its aim and peer, as people read them: `misses < 30 ms: 34.2 ms`. */
function words({ value, unit, digits = 1, aim, beside }: Figure) {
  const number = (amount: number) =>
    amount.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const shown = `${number(value)} ${unit}`.trim();
  const remarks = beside === undefined ? [] : [beside];
  if (aim !== undefined) {
    const below = 'below' in aim;
    const met = below ? value < aim.below : value >= aim.atLeast;
    const limit = below ? `< ${aim.below} ${unit}` : `${aim.atLeast} ${unit}`;
    remarks.unshift(met ? `meets ${limit.trim()}` : `misses ${limit.trim()}: ${shown}`);
  }
  return { shown, remark: remarks.join('; ') };
}
