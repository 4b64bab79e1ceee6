// Clocks that are wrong: one by one they are the devices'; many alike, and it is the gateway's. SPEC §12.9.
import type { DeviceKind } from '../config/kinds.ts';
import type { Fault } from './kinds.ts';
import { clockAheadMs } from '../reduce/clock.ts';
import type { DeviceLive } from '../state.ts';
import type { Survey, Surveyed } from './survey.ts';
import { countWords, deviceWords, spanWords } from './words.ts';

interface Wrong {
  readonly one: Surveyed;
  readonly aheadMs: number;
}

/** Clocks that differ by the same, give or take this share and second, differ from one that is wrong itself. */
const ALIKE_SHARE = 0.1;
const ALIKE_MS = 1_000;
const ALIKE_LEAST = 5;
/** A clock must be so much nearer than the limit before its fault ends. */
const MARGIN = 0.8;

interface Work {
  readonly zh: string;
  readonly en: string;
}

/** What goes on although a clock is wrong, by what the device does. */
const GOES_ON: Partial<Record<DeviceKind, Work>> = {
  caller: { zh: '叫号照常显示', en: 'calls are shown' },
  dispenser: { zh: '取号照常计入', en: 'tickets count' },
  evaluator: { zh: '评价照常计入', en: 'ratings count' },
  counter: { zh: '客流照常计入', en: 'counts of people are used' },
};
const STATE_GOES_ON: Work = { zh: '状态照常显示', en: 'states are shown' };

export function clockFaults(survey: Survey, standing: readonly Fault[]): Fault[] {
  const { all, config, now } = survey;
  const known = new Set(standing.filter(({ kind }) => kind === 'clock').flatMap((f) => f.devices));
  const judged = all.flatMap((one): Wrong[] => {
    const aheadMs = one.live && !one.gone ? offMs(one.live) : undefined;
    return aheadMs === undefined ? [] : [{ one, aheadMs }];
  });
  const limitMs = config.faults.clock_s * 1000;
  const wrong = judged.filter(
    ({ one, aheadMs }) => Math.abs(aheadMs) > limitMs * (known.has(one.id) ? MARGIN : 1),
  );
  if (wrong.length === 0) return [];
  const middle = wrong.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b)[wrong.length >> 1] ?? 0;
  const slackMs = Math.max(ALIKE_MS, Math.abs(middle) * ALIKE_SHARE);
  const alike = wrong.filter(({ aheadMs }) => Math.abs(aheadMs - middle) <= slackMs);
  if (alike.length >= ALIKE_LEAST && alike.length * 2 > judged.length) {
    return [gatewayClock(alike, middle, now)];
  }
  return [wrongClocks(wrong, survey)];
}

/**
 * How far the clock is ahead, where that is known, or where the last dated signal had to be counted as of its arrival: one
 * such signal is enough, because its times already count differently.
 */
function offMs(live: DeviceLive): number | undefined {
  const { doubtMs } = live;
  const aheadMs = clockAheadMs(live);
  if (aheadMs === undefined || Math.abs(doubtMs ?? 0) > Math.abs(aheadMs)) {
    return doubtMs ?? aheadMs;
  }
  return aheadMs;
}

function gatewayClock(alike: readonly Wrong[], aheadMs: number, now: number): Fault {
  const span = spanWords(aheadMs);
  const behind = aheadMs > 0;
  const count = alike.length;
  return {
    id: 'clock:gateway',
    kind: 'clock',
    severity: 2,
    since: now,
    title: {
      zh: `网关的时钟可能${behind ? '慢' : '快'}了约 ${span.zh}：${count} 台设备都这样认为`,
      en: `The gateway’s own clock is probably ${span.en} ${behind ? 'behind' : 'ahead'}: ${count} devices agree on it`,
    },
    action: {
      zh: '请检查运行网关的电脑的时间同步（NTP）',
      en: 'Check the time synchronisation (NTP) of the gateway’s computer',
    },
    devices: alike.map(({ one }) => one.id),
  };
}

function wrongClocks(wrong: readonly Wrong[], { config, now }: Survey): Fault {
  const worst = wrong.reduce((a, b) => (Math.abs(b.aheadMs) > Math.abs(a.aheadMs) ? b : a));
  const span = spanWords(worst.aheadMs);
  const isAhead = worst.aheadMs > 0;
  const how = {
    zh: `${isAhead ? '快' : '慢'} ${span.zh}`,
    en: `${span.en} ${isAhead ? 'ahead' : 'behind'}`,
  };
  const only = wrong.length === 1 ? deviceWords(worst.one, config) : undefined;
  const count = countWords(wrong.map(({ one }) => one));
  return {
    id: 'clock:devices',
    kind: 'clock',
    severity: 1,
    since: now,
    title: only
      ? { zh: `${only.zh} 的时钟${how.zh}`, en: `The clock of ${only.en} is ${how.en}` }
      : {
          zh: `${count.zh}时钟不准，最多${how.zh}`,
          en: `The clocks of ${count.en} are wrong, at most ${how.en}`,
        },
    action: clockAction(wrong),
    devices: wrong.map(({ one }) => one.id),
  };
}

/** What to do, and that nothing is hidden meanwhile: short, because managers read it above their figures. */
function clockAction(wrong: readonly Wrong[]): Fault['action'] {
  const works = wrong.map(({ one: { device } }) =>
    device ? (GOES_ON[device.kind] ?? STATE_GOES_ON) : STATE_GOES_ON,
  );
  // Calls before all else, then the devices' other work; more than two would be a list.
  const calls = works.filter((work) => work === GOES_ON.caller);
  const shown = [...new Set([...calls, ...works])].slice(0, 2);
  const whose = wrong.length === 1 ? 'its' : 'their';
  return {
    zh: `请打开时间同步（NTP）；${shown.map(({ zh }) => zh).join('，')}，时刻已按网关修正`,
    en: `Turn on time synchronisation (NTP); ${whose} ${shown.map(({ en }) => en).join(' and ')}, at corrected times`,
  };
}

/** The computer's clock was set back by over this much: told, because pages show the gateway's time. */
const SET_BACK_MS = 60_000;

/** @param aheadMs how far the gateway's time is ahead of its computer's clock */
export function setBackFaults(aheadMs: number, now: number): Fault[] {
  if (aheadMs < SET_BACK_MS) return [];
  const span = spanWords(aheadMs);
  return [
    {
      id: 'clock:set-back',
      kind: 'clock',
      severity: 2,
      since: now,
      title: {
        zh: `网关电脑的时钟被调回，本系统时间暂快 ${span.zh}`,
        en: `The clock of the gateway’s computer was set back: times here are ${span.en} ahead for now`,
      },
      action: {
        zh: '叫号与顺序不受影响，时间会逐渐对齐。请检查该电脑的时间同步（NTP）；若时钟先前走快了，可重启网关',
        en: 'Calls and their order are not affected, and the times meet again by and by. Check the computer’s time synchronisation (NTP); where the clock had been fast, restart the gateway',
      },
      devices: [],
    },
  ];
}
