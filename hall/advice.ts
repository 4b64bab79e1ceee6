// What a manager should do about a queue, from its load figures: which windows to open, and what that brings. Pure.
import { windowWords } from './device-words.ts';
import { meanWait, toBand, type Situation } from './estimate.ts';
import { own } from './own.ts';
import type { Expected } from './replay.ts';
import type { WaitBand } from './view/common.ts';
import type { Level, LiveQueue, LiveWindow } from './view/live.ts';
import { longestMinutes, queueLevel, type Thresholds } from './pressure.ts';
import { STATE_WORDS } from './window-words.ts';
import type { Words } from './words.ts';

export interface Advice {
  /**
   * `open`: more windows; `call`: an idle window of its own calls, or whoever waits longest is called; `lend`: an idle window of its zone; `watch`: all are open
   * and will do; `divert`: all are open and will not
   */
  readonly kind: 'open' | 'call' | 'lend' | 'watch' | 'divert';
  readonly level: Level;
  /** what is the matter, without the queue's name */
  readonly finding: Words;
  /** what to do, and what it brings */
  readonly action: Words;
  /** the same where there is one line only */
  readonly brief?: Words;
  /** windows that it is about, the readiest first, by id; those to open also in words ("5 号窗离岗") */
  readonly windows: readonly string[];
  readonly which?: Words;
  /** what the windows bring to those who take a number soon; minutes as they are shown */
  readonly waitMin?: number;
  readonly expectedMin?: number;
  /** between which `expectedMin` lies in 90 of 100 replays */
  readonly expectedBand?: WaitBand;
  /** so much longer wait those of the windows' own queues; absent below a minute */
  readonly costMin?: number;
  /** so long the windows are needed; absent while more arrive than the others serve */
  readonly neededMin?: number;
  /** ms since 1970: somebody took this advice */
  readonly takenAt?: number;
}

/** What windows bring to the queue, and cost the others. */
type Gain = Pick<Advice, 'waitMin' | 'expectedBand' | 'costMin' | 'neededMin'> & {
  readonly expectedMin: number;
};

type Recommendation = Pick<Advice, 'kind' | 'action' | 'brief'> & {
  readonly chosen?: readonly LiveWindow[];
  readonly gain?: Gain | undefined;
};

/** In the order in which a window can be open again: its person is near, at the counter, or to be sent for. */
const READINESS: readonly LiveWindow['state'][] = ['paused', 'away', 'closed'];
/** A window may stand idle so long before it is told to call, or to help another queue. */
const MINUTE_MS = 60_000;
const IDLE_MS = MINUTE_MS;
/** So many windows may be asked to help another queue. */
const HELPERS_MAX = 2;

/**
 * The advice for one queue at `now` (ms), or undefined where no threshold is passed. `windows` are those that serve it,
 * `neighbours` others of its zone that nobody waits for.
 * @param situation what the queue's band is estimated from: how many windows are advised follows from it
 * @param replay what those will wait who take a number soon, as things are and with these windows (by id) for this queue
 */
export function advise(
  queue: LiveQueue,
  windows: readonly LiveWindow[],
  thresholds: Thresholds,
  now: number,
  neighbours: readonly LiveWindow[] = [],
  situation?: Situation,
  replay?: (windows: readonly string[]) => Expected,
): Advice | undefined {
  const level = queueLevel(queue);
  if (level === 0) return undefined;
  const wait = (opened: number) => minutesWith(situation, opened);
  const gain = (chosen: readonly LiveWindow[]) => gainOf(given, chosen, replay);
  const given: Case = { queue, thresholds, wait, gain };
  const recommended = decide(given, windows, now, neighbours);
  const chosen = recommended.chosen ?? [];
  const named = recommended.kind === 'open' && chosen.length > 0 && chosen.length <= 3;
  const which = named ? name(chosen) : undefined;
  return {
    kind: recommended.kind,
    level,
    finding: find(queue, thresholds, now),
    action: recommended.action,
    ...(recommended.brief && { brief: recommended.brief }),
    windows: chosen.map((window) => window.id),
    ...(which && { which }),
    ...recommended.gain,
  };
}

/** A queue that presses, and what it is judged by. */
interface Case {
  readonly queue: LiveQueue;
  readonly thresholds: Thresholds;
  /** minutes that somebody who comes now waits with so many windows more */
  readonly wait: (opened: number) => number;
  readonly gain: (chosen: readonly LiveWindow[]) => Gain | undefined;
}

/** What further windows bring; nothing where nobody knows how long one service takes. */
function gainOf(
  { queue, thresholds, wait }: Case,
  chosen: readonly LiveWindow[],
  replay: ((windows: readonly string[]) => Expected) | undefined,
): Gain | undefined {
  if (chosen.length === 0 || wait(chosen.length) === 0) return undefined;
  const replayed = replay?.(chosen.map(({ id }) => id));
  const then = replayed && own(replayed.then, queue.id);
  if (replayed === undefined || then === undefined) {
    const expectedMin = roundMinutes(wait(chosen.length));
    return wait(0) === 0 ? { expectedMin } : { waitMin: roundMinutes(wait(0)), expectedMin };
  }
  const asIs = own(replayed.asIs, queue.id);
  const costMin = Math.max(0, ...othersCosts(replayed, queue.id)) / MINUTE_MS;
  const neededMin = asIs && neededMinutes(queue, thresholds, asIs.ms / MINUTE_MS, chosen.length);
  return {
    ...(asIs && { waitMin: roundMinutes(asIs.ms / MINUTE_MS) }),
    expectedMin: roundMinutes(then.ms / MINUTE_MS),
    expectedBand: toBand(then),
    ...(costMin >= 1 && { costMin: roundMinutes(costMin) }),
    ...(neededMin !== undefined && { neededMin }),
  };
}

/** How much longer the others wait, ms. */
function othersCosts({ asIs, then }: Expected, queue: string): number[] {
  return Object.entries(then).map(([id, { ms }]) => {
    const before = own(asIs, id)?.ms ?? ms;
    return id === queue ? 0 : ms - before;
  });
}

/**
 * Until a newcomer would wait no longer than the first threshold without the further windows: what is above it, at the rate at which
 * all of them work it off beside what arrives.
 * @param waitMin of those who come soon, as things are
 */
function neededMinutes(
  { load, windowsOpen }: LiveQueue,
  { wait_min: [least = 0] }: Thresholds,
  waitMin: number,
  further: number,
): number | undefined {
  if (load === undefined || load.value >= 1 || waitMin <= least) return undefined;
  const spare = windowsOpen * (1 - load.value) + further;
  return Math.max(5, Math.ceil(((waitMin - least) * windowsOpen) / spare / 5) * 5);
}

function decide(
  given: Case,
  windows: readonly LiveWindow[],
  now: number,
  neighbours: readonly LiveWindow[],
): Recommendation {
  const { queue } = given;
  const spare = spareWindows(windows);
  const idle = windows.filter((window) => isIdle(window, now));
  if (queue.waiting > 0 && idle.length > 0) return call(idle);
  const helpers = neighbours.filter((window) => isIdle(window, now));
  const pressed = queue.level > 0;
  if (spare.length === 0 && helpers.length > 0 && pressed) return lend(given, helpers);
  if (spare.length === 0 && queue.windowsOpen === 0) return unknownWindows(windows);
  if (spare.length === 0) return allOpen(given, pressed);
  if (isDeserted(queue)) {
    const action = { zh: '请先开 1 个窗口', en: 'open one window now' };
    const chosen = spare.slice(0, 1);
    return { kind: 'open', action, chosen, gain: given.gain(chosen) };
  }
  return open(given, spare);
}

/** People before closed counters. */
function isDeserted(queue: LiveQueue): boolean {
  return queue.waiting > 0 && queue.windowsOpen === 0;
}

/** Nobody knows of a window that could open: none serves this queue, or none has ever said how it is. */
function unknownWindows(windows: readonly LiveWindow[]): Recommendation {
  const action =
    windows.length === 0
      ? {
          zh: '没有窗口办理此队列，请在大厅文件中设置',
          en: 'no window serves it: set one in the hall file',
        }
      : {
          zh: '窗口状态未知，请到现场查看',
          en: 'the state of its windows is unknown: check on site',
        };
  return { kind: 'divert', action };
}

function call(idle: readonly LiveWindow[]): Recommendation {
  const [first] = idle;
  const one = idle.length === 1 && first ? windowWords(first.label) : undefined;
  const zh = one?.zh ?? `${idle.length} 个窗口`;
  const en = one ? `${one.en} is` : `${idle.length} windows are`;
  const action = { zh: `${zh}空闲：请叫下一位`, en: `${en} idle: call the next visitor` };
  return { kind: 'call', action, chosen: idle };
}

/** Opens as few windows as bring wait and load under the best threshold that the spare windows can reach. */
function open(given: Case, spare: readonly LiveWindow[]): Recommendation {
  const { queue, thresholds, wait } = given;
  const service = queue.load?.serviceMin ?? 0;
  if (service <= 0) {
    const action = { zh: '再开 1 个窗口', en: 'open 1 more window' };
    return { kind: 'open', action, chosen: spare.slice(0, 1) };
  }
  const count = fewest(given, spare.length);
  const chosen = spare.slice(0, count);
  const more = {
    zh: `再开 ${count} 个窗口`,
    en: `open ${count} more ${count === 1 ? 'window' : 'windows'}`,
  };
  if (queue.waiting === 0) {
    const load = loadPerWindow(queue, queue.windowsOpen + count).toFixed(2);
    const action = {
      zh: `${more.zh}，负荷可降至 ${load}`,
      en: `${more.en}: load falls to ${load}`,
    };
    return { kind: 'open', action, chosen, gain: given.gain(chosen) };
  }
  const gain = given.gain(chosen);
  const minutes = gain?.expectedMin ?? roundMinutes(wait(count));
  const enough = minutes <= longestBearable(thresholds);
  const action = enough
    ? {
        zh: `${more.zh}，可降至约 ${minutes} 分钟`,
        en: `${more.en}: wait falls to about ${minutes} min`,
      }
    : {
        zh: `${more.zh}，仍需约 ${minutes} 分钟，请分流`,
        en: `${more.en}, still about ${minutes} min: divert visitors too`,
      };
  return { kind: 'open', action, chosen, gain };
}

/** The least number of further windows, 1 … `spare`, that reaches the lowest wait threshold within reach. */
function fewest({ queue, thresholds, wait }: Case, spare: number): number {
  const full = thresholds.load.at(-1) ?? 1;
  for (const target of thresholds.wait_min) {
    for (let count = 1; count <= spare; count++) {
      const load = loadPerWindow(queue, queue.windowsOpen + count);
      if (wait(count) <= target && load <= full) {
        return count;
      }
    }
  }
  return spare;
}

/** All of its own windows are open, but next to them some are idle. */
function lend(given: Case, helpers: readonly LiveWindow[]): Recommendation {
  const { queue, wait } = given;
  const service = queue.load?.serviceMin ?? 0;
  const count = service > 0 ? fewest(given, Math.min(HELPERS_MAX, helpers.length)) : 1;
  const chosen = helpers.slice(0, count);
  const gain = given.gain(chosen);
  const minutes = gain?.expectedMin ?? roundMinutes(wait(count));
  const [first] = chosen;
  const one = count === 1 && first ? windowWords(first.label) : undefined;
  const who = one
    ? { zh: `空闲的 ${one.zh}`, en: `idle ${one.en}` }
    : { zh: `同区 ${count} 个空闲窗口`, en: `${count} idle windows nearby` };
  const action = { zh: `请${who.zh}支援`, en: `open ${who.en} to this queue` };
  if (service <= 0) return { kind: 'lend', action, chosen };
  return {
    kind: 'lend',
    action: {
      zh: `${action.zh}，等候可降至约 ${minutes} 分钟`,
      en: `${action.en}: wait falls to about ${minutes} min`,
    },
    brief: {
      zh: `请${one ? ` ${one.zh}` : `同区 ${count} 个窗口`}支援，约降至 ${minutes} 分`,
      en: `${action.en}: about ${minutes} min`,
    },
    chosen,
    gain,
  };
}

/** Nothing is left to open: says when it will be over, or that visitors should go elsewhere. */
function allOpen({ queue, thresholds, wait }: Case, pressed: boolean): Recommendation {
  const service = queue.load?.serviceMin ?? 0;
  const overloaded = queue.load?.level === 3;
  if (!pressed) {
    const action = overloaded
      ? { zh: '取号快于办理，请留意', en: 'more arrive than are served: watch it' }
      : { zh: '接近满负荷，请留意', en: 'nearly at full load: watch it' };
    return { kind: 'watch', action };
  }
  if (service <= 0 || queue.windowsOpen === 0) {
    const action = {
      zh: '窗口已全开，请引导错峰或分流',
      en: 'all windows open: divert visitors',
    };
    return { kind: 'divert', action };
  }
  const minutes = roundMinutes(wait(0));
  const [soon = 10] = thresholds.wait_min;
  // Few wait, and yet one of them has waited long: it is the order of calling, not the number of windows.
  if (minutes < soon && queue.longestTicket !== undefined && !queue.longestCalled) {
    const action = {
      zh: `请先叫 ${queue.longestTicket}，约 ${minutes} 分钟可叫完`,
      en: `call ${queue.longestTicket} first: the queue clears in about ${minutes} min`,
    };
    return { kind: 'call', action };
  }
  const action = {
    zh: `窗口已全开，约 ${minutes} 分钟可叫完`,
    en: `all open, queue clears in about ${minutes} min`,
  };
  if (!overloaded && minutes <= longestBearable(thresholds)) return { kind: 'watch', action };
  return {
    kind: 'divert',
    action: {
      zh: `已全开，约 ${minutes} 分钟叫完，请分流`,
      en: `all open, clears in about ${minutes} min: divert visitors`,
    },
  };
}

/** The last threshold: beyond it people leave. */
function longestBearable(thresholds: Thresholds): number {
  return thresholds.wait_min.at(-1) ?? 40;
}

function find(queue: LiveQueue, thresholds: Thresholds, now: number): Words {
  const minutes = Math.floor(longestMinutes(queue, thresholds, now) ?? 0);
  const load = queue.load;
  const byLoad = load !== undefined && load.level > 0 && queue.level === 0;
  if (isDeserted(queue)) {
    const { waiting } = queue;
    return { zh: `${waiting} 人等候，无窗口开放`, en: `${waiting} waiting, no window open` };
  }
  if (!byLoad && minutes < 1) {
    return { zh: '最长等候不到 1 分钟', en: 'longest wait under 1 min' };
  }
  if (!byLoad) return { zh: `最长已等 ${minutes} 分钟`, en: `longest wait ${minutes} min` };
  return {
    zh: `每窗负荷 ${load.value.toFixed(2)}`,
    en: `load ${load.value.toFixed(2)} per window`,
  };
}

function isIdle(window: LiveWindow, now: number): boolean {
  return window.state === 'idle' && window.since !== undefined && now - window.since >= IDLE_MS;
}

/** Front windows that serve the queue and are not open, the readiest first. */
function spareWindows(windows: readonly LiveWindow[]): LiveWindow[] {
  const rank = (window: LiveWindow) => READINESS.indexOf(window.state);
  return windows
    .filter((window) => window.role === 'front' && rank(window) >= 0)
    .sort((a, b) => rank(a) - rank(b) || a.order - b.order);
}

function name(windows: readonly LiveWindow[]): Words {
  return {
    zh: windows
      .map(({ label, state }) => `${windowWords(label).zh}${STATE_WORDS[state].zh}`)
      .join('、'),
    en: windows
      .map(({ label, state }) => `${label} ${STATE_WORDS[state].en.toLowerCase()}`)
      .join(', '),
  };
}

/** Minutes that a newcomer waits with so many windows more, which are free at once: the estimate behind the queue's band. */
function minutesWith(situation: Situation | undefined, opened: number): number {
  if (situation === undefined) return 0;
  const { windows, idle, paused } = situation;
  const wait = meanWait({
    ...situation,
    windows: windows + opened,
    idle: idle + opened,
    // Windows that pause are the first to be opened.
    paused: Math.max(0, paused - opened),
  });
  return (wait ?? 0) / MINUTE_MS;
}

function loadPerWindow(queue: LiveQueue, windows: number): number {
  const { arrivalsPerHour = 0, serviceMin = 0 } = queue.load ?? {};
  return (arrivalsPerHour * serviceMin) / windows / 60;
}

function roundMinutes(minutes: number): number {
  return minutes < 10 ? Math.max(1, Math.round(minutes)) : Math.round(minutes / 5) * 5;
}
