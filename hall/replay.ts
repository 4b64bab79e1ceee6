// The lines around one queue, played forward many times from how they stand: what those will wait who take a number soon, and
// how sure that is. Every replay draws services, arrivals, missed calls and the end of pauses. Equal questions have equal
// answers, and the same lines with another window meet the same arrivals. Pure. SPEC §27.
import { mean, quantileSorted } from 'd3-array';
import { randomExponential, randomGamma, randomLcg } from 'd3-random';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const REPLAYS = 60;
/** Shares of the replays whose mean wait is below the ends of the band. */
const FROM = 0.05;
const TO = 0.95;
/** A pause whose length nobody knows ends after this time at the latest. */
const PAUSE_MAX_MS = HOUR_MS;
/** So long until somebody who is sent to a window calls there. */
const READY_MS = MINUTE_MS;
/** A missed call costs the window this share of a service. */
const MISSED = 0.2;
/** Where a service has lasted longer than so many draws of one, at most this share of one is left. */
const DRAWS = 8;
const LATE = 0.5;
const CV2_MIN = 0.05;
/** At most this share of those who come is called before the others. */
const FAVOURED_MAX = 0.5;

export interface ReplayLine {
  /** waiting to be called */
  readonly waiting: number;
  readonly arrivalsPerHour: number;
  /** from one call to the next at the same window, ms, and its squared coefficient of variation */
  readonly cycleMs: number;
  readonly cv2: number;
  /** share of the called who do not come */
  readonly noShow: number;
  /** so many are called for each who waits ahead: some are called first although they came later */
  readonly callsPerAhead: number;
  /** the wait with a free window, ms */
  readonly promptMs: number;
}

export interface ReplayWindow {
  readonly id: string;
  readonly queues: readonly string[];
  readonly state: 'idle' | 'busy' | 'gone' | 'closed';
  /** ms since it is so */
  readonly forMs: number;
}

/** Lines that share windows, as they stand. */
export interface ReplayHall {
  readonly lines: Readonly<Record<string, ReplayLine>>;
  readonly windows: readonly ReplayWindow[];
}

/** Of ordinary visitors who take a number within the span: their mean wait, and where it lies in 90 of 100 replays; ms. */
export interface ReplayedWait {
  readonly ms: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** By queue. */
export type ReplayedWaits = Readonly<Record<string, ReplayedWait>>;

/** As things are, and with windows that somebody sends. */
export interface Expected {
  readonly asIs: ReplayedWaits;
  readonly then: ReplayedWaits;
}

/** The same lines once somebody is sent to these windows, who serve `queue` as well. */
export function withWindows(hall: ReplayHall, queue: string, ids: readonly string[]): ReplayHall {
  const windows = hall.windows.map((window): ReplayWindow => {
    if (!ids.includes(window.id)) return window;
    const queues = [...new Set([...window.queues, queue])];
    const isThere = window.state === 'idle' || window.state === 'busy';
    return isThere ? { ...window, queues } : { ...window, queues, state: 'gone', forMs: -READY_MS };
  });
  return { ...hall, windows };
}

/**
 * @param spanMs those who take a number so soon are asked about; at least one does
 * @returns by queue; a line that no window serves has none
 */
export function replayWaits(hall: ReplayHall, spanMs: number): ReplayedWaits {
  const open = hall.windows.filter(({ state }) => state !== 'closed');
  const served = Object.entries(hall.lines).filter(([id]) =>
    open.some(({ queues }) => queues.includes(id)),
  );
  const means = served.map((): number[] => []);
  for (let run = 0; run < REPLAYS; run++) {
    const lines = served.map(([, line], index) => lineOf(line, spanMs, seedOf(run, index)));
    replayOnce(lines, windowsOf(open, served, lines, seedOf(run, served.length)));
    for (const [index, { waited, asked }] of lines.entries()) means[index]?.push(waited / asked);
  }
  return Object.fromEntries(
    served.map(([id], index) => [id, waitOf((means[index] ?? []).sort((a, b) => a - b))]),
  );
}

function waitOf(means: number[]): ReplayedWait {
  const at = (share: number) => quantileSorted(means, share) ?? 0;
  return { ms: mean(means) ?? 0, fromMs: at(FROM), toMs: at(TO) };
}

/** One line of one replay. */
interface Line extends Pick<ReplayLine, 'cycleMs' | 'noShow' | 'promptMs'> {
  /** when each comes, ms from now, in order; before 0: waits already. By priority, and all others */
  readonly favoured: readonly number[];
  readonly ordinary: readonly number[];
  /** how many of them have been called */
  favouredCalled: number;
  ordinaryCalled: number;
  /** those of `ordinary` who are asked about: from this one on, so many */
  readonly askedFrom: number;
  readonly asked: number;
  /** ms, all of them together */
  waited: number;
  readonly source: () => number;
  /** draws how long a window has to do with one, ms */
  readonly lasts: () => number;
}

function lineOf(of: ReplayLine, spanMs: number, seed: number): Line {
  const { waiting, arrivalsPerHour, cycleMs, cv2, noShow, callsPerAhead, promptMs } = of;
  const source = randomLcg(seed);
  const favouredShare = Math.min(FAVOURED_MAX, Math.max(0, callsPerAhead - 1));
  const favoured: number[] = [];
  const ordinary = Array.from({ length: waiting }, (_, place) => place - waiting);
  const between = randomExponential.source(source)(Math.max(arrivalsPerHour, 1e-6) / HOUR_MS);
  // Who comes by priority after the span may still be called before those who came within.
  for (let at = between(); at < 3 * spanMs; at += between()) {
    if (source() < favouredShare) favoured.push(at);
    else if (at < spanMs) ordinary.push(at);
  }
  if (ordinary.length === waiting) ordinary.push(spanMs * source());
  const shape = 1 / Math.max(CV2_MIN, cv2);
  const lasts = randomGamma.source(source)(shape, cycleMs / shape);
  return {
    ...{ favoured, ordinary, favouredCalled: 0, ordinaryCalled: 0 },
    ...{ askedFrom: waiting, asked: ordinary.length - waiting, waited: 0 },
    ...{ source, lasts, cycleMs, noShow, promptMs },
  };
}

interface Serving {
  readonly lines: readonly Line[];
  /** ms from now */
  freeAt: number;
}

function windowsOf(
  windows: readonly ReplayWindow[],
  served: readonly (readonly [id: string, line: ReplayLine])[],
  lines: readonly Line[],
  seed: number,
): Serving[] {
  const source = randomLcg(seed);
  return windows.map((window) => {
    const own = lines.filter((_, index) => window.queues.includes(served[index]?.[0] ?? ''));
    return { lines: own, freeAt: freeAfter(window, own[0], source) };
  });
}

/** ms until the window calls. */
function freeAfter({ state, forMs }: ReplayWindow, line: Line | undefined, source: () => number) {
  if (state === 'idle' || line === undefined) return 0;
  if (state === 'gone') {
    if (forMs < 0) return -forMs;
    // As long again as it has lasted is the middle of what is left (Gott 1993, Nature 363, 315).
    const share = source();
    return Math.min(PAUSE_MAX_MS, (forMs * share) / (1 - share));
  }
  for (let draw = 0; draw < DRAWS; draw++) {
    const left = line.lasts() - forMs;
    if (left > 0) return left;
  }
  return LATE * line.cycleMs * source();
}

/** Until all who are asked about are called, or nobody comes to any window. */
function replayOnce(lines: readonly Line[], windows: readonly Serving[]): void {
  let left = lines.reduce((sum, { asked }) => sum + asked, 0);
  while (left > 0) {
    const window = firstFree(windows);
    const line = window && longestWaiting(window.lines);
    if (window === undefined || window.freeAt === Infinity) return;
    if (line === undefined) {
      window.freeAt = Infinity;
      continue;
    }
    if (callNext(line, window)) left -= 1;
  }
}

/** @returns whether it was one of those who are asked about */
function callNext(line: Line, window: Serving): boolean {
  const callAt = Math.max(window.freeAt, nextAt(line));
  const favouredAt = line.favoured[line.favouredCalled] ?? Infinity;
  const isOrdinary = favouredAt > callAt;
  const place = isOrdinary ? line.ordinaryCalled++ : line.favouredCalled++;
  const cameAt = (isOrdinary ? line.ordinary[place] : favouredAt) ?? callAt;
  const lasts = line.lasts() * (line.source() < line.noShow ? MISSED : 1);
  const foundFree = cameAt >= window.freeAt;
  window.freeAt = callAt + lasts + (foundFree ? line.promptMs : 0);
  if (!isOrdinary || place < line.askedFrom) return false;
  line.waited += callAt - cameAt + line.promptMs;
  return true;
}

function firstFree(windows: readonly Serving[]): Serving | undefined {
  let first = windows[0];
  for (const window of windows) if (first && window.freeAt < first.freeAt) first = window;
  return first;
}

/** Whose head has waited longest; where nobody waits, who comes first. */
function longestWaiting(lines: readonly Line[]): Line | undefined {
  let longest: Line | undefined;
  let since = Infinity;
  for (const line of lines) {
    const at = nextAt(line);
    if (at < since) [longest, since] = [line, at];
  }
  return longest;
}

/** When the first comes of those who are not called yet. */
function nextAt({ ordinary, favoured, ordinaryCalled, favouredCalled }: Line): number {
  return Math.min(ordinary[ordinaryCalled] ?? Infinity, favoured[favouredCalled] ?? Infinity);
}

/** A seed of its own for each part of each replay, 0 ≤ seed < 1. */
function seedOf(run: number, part: number): number {
  return ((run * 61 + part + 1) * 0.618_033_988_749_895) % 1;
}
