// Devices that are gone, by cause: what they are connected through, what was lost together, and each that is left. SPEC §12.
import { KIND_WORDS } from '../device-words.ts';
import type { Fault } from './kinds.ts';
import type { Lost, Survey, Surveyed } from './survey.ts';
import { togetherFaults } from './together.ts';
import { countWords, deviceWords } from './words.ts';

/** Of the devices behind a switch that says nothing itself so many must be gone at once to suspect it. */
const SUSPECT_SHARE = 0.6;
const SUSPECT_LEAST = 3;

/** @param explained devices whose loss another fault explains already */
export function lossFaults(survey: Survey, explained: ReadonlySet<string>): Fault[] {
  const lost = survey.all.filter(
    (one): one is Lost => one.lostAt !== undefined && !explained.has(one.id),
  );
  const uplinks = uplinkFaults(survey, lost);
  const behind = new Set(uplinks.flatMap(({ devices }) => devices));
  const rest = lost.filter(({ id }) => !behind.has(id));
  const together = togetherFaults(survey, rest);
  const folded = new Set(together.flatMap(({ devices }) => devices));
  const single = survey.all.filter(
    ({ id, device, health }) =>
      !explained.has(id) && !behind.has(id) && !folded.has(id) && (device || health !== 'silent'),
  );
  return [...uplinks, ...together, ...single.flatMap((one) => singleFault(survey, one))];
}

// --- what it is connected through -----------------------------------------------------------------

function uplinkFaults(survey: Survey, lost: readonly Lost[]): Fault[] {
  const behind = new Map<string, Lost[]>();
  for (const one of lost) {
    const cause = causeOf(survey, one);
    if (cause !== undefined) behind.set(cause, [...(behind.get(cause) ?? []), one]);
  }
  return [...behind].flatMap(([id, followers]) => {
    const uplink = survey.byId.get(id);
    const gone = followers.filter((one) => one.gone);
    if (!uplink || (gone.length === 0 && !uplink.gone)) return [];
    return [uplink.gone ? deadUplink(survey, uplink, gone) : suspect(survey, uplink, gone)];
  });
}

/** The furthest device on the way from here that is gone, and was when this one went; or one that is suspected. */
function causeOf(survey: Survey, one: Lost): string | undefined {
  const before = one.lostAt + survey.config.faults.together_s * 1000;
  let cause: string | undefined;
  for (let via = one.device?.via; via !== undefined; via = survey.byId.get(via)?.device?.via) {
    const uplink = survey.byId.get(via);
    if (!uplink) break;
    const wasGone = uplink.gone && (uplink.lostAt ?? Infinity) <= before + uplink.lostWithinMs;
    if (wasGone || isSuspect(survey, uplink, one)) cause = via;
  }
  return cause;
}

/** An uplink that never speaks is known by those behind it: most of them went when this one did. */
function isSuspect(survey: Survey, uplink: Surveyed, one: Lost): boolean {
  if (uplink.health !== 'none' && uplink.health !== 'unknown') return false;
  const behind = survey.behind.get(uplink.id) ?? [];
  const withinMs = survey.config.faults.together_s * 1000;
  const alike = behind.filter(
    ({ gone, lostAt }) => gone && lostAt !== undefined && Math.abs(lostAt - one.lostAt) <= withinMs,
  );
  return alike.length >= Math.max(SUSPECT_LEAST, behind.length * SUSPECT_SHARE);
}

function deadUplink(survey: Survey, uplink: Surveyed, gone: readonly Lost[]): Fault {
  const name = deviceWords(uplink, survey.config);
  const flaps = uplink.flappingSince !== undefined;
  const state = flaps
    ? { zh: '反复断线', en: 'keeps disconnecting' }
    : { zh: '失联', en: 'is offline' };
  const followers = countWords(gone);
  const more =
    gone.length === 0
      ? { zh: '', en: '' }
      : { zh: `，其下 ${followers.zh}随之中断`, en: `, and ${followers.en} behind it` };
  return {
    id: `uplink:${uplink.id}`,
    kind: 'uplink',
    severity: 3,
    since: uplink.flappingSince ?? uplink.lostAt ?? survey.now,
    title: { zh: `${name.zh} ${state.zh}${more.zh}`, en: `${name.en} ${state.en}${more.en}` },
    action: {
      zh: '请检查它的电源与上联网线；恢复后其下设备会自动重连',
      en: 'Check its power and uplink cable; the devices behind it then reconnect by themselves',
    },
    devices: [uplink.id, ...gone.map(({ id }) => id)],
    cause: uplink.id,
  };
}

function suspect(survey: Survey, uplink: Surveyed, gone: readonly Lost[]): Fault {
  const name = deviceWords(uplink, survey.config);
  const followers = countWords(gone);
  return {
    id: `uplink:${uplink.id}`,
    kind: 'uplink',
    severity: 3,
    since: Math.min(...gone.map(({ lostAt }) => lostAt)),
    title: {
      zh: `${name.zh} 疑似断电：其下 ${followers.zh}同时失联`,
      en: `${name.en} is probably down: ${followers.en} behind it went offline at once`,
    },
    action: { zh: '请先检查它的电源与上联网线', en: 'Check its power and uplink cable first' },
    devices: gone.map(({ id }) => id),
    cause: uplink.id,
  };
}

// --- one by one -----------------------------------------------------------------------------------

function singleFault(survey: Survey, one: Surveyed): Fault[] {
  const { id, gone, lostAt, flappingSince: flapping, health, live } = one;
  const name = deviceWords(one, survey.config);
  if (flapping !== undefined) {
    const times = (live?.downs ?? []).filter((at) => at >= flapping).length;
    return [
      {
        id: `flapping:${id}`,
        kind: 'flapping',
        severity: 2,
        since: flapping,
        title: {
          zh: `${name.zh} 反复断线（${times} 次）`,
          en: `${name.en} keeps disconnecting (${times} times)`,
        },
        action: {
          zh: '请检查网线、水晶头或无线信号，以及电源适配器',
          en: 'Check its cable, plug or radio signal, and its power adapter',
        },
        devices: [id],
      },
    ];
  }
  if (!gone || lostAt === undefined) return [];
  const kind = one.device?.kind ?? 'unlisted';
  const isSilent = health === 'silent';
  return [
    {
      id: `${isSilent ? 'silent' : 'lost'}:${id}`,
      kind: isSilent ? 'silent' : 'lost',
      severity: 2,
      since: lostAt,
      title: isSilent
        ? { zh: `${name.zh} 长时间没有消息`, en: `${name.en} has sent nothing for too long` }
        : { zh: `${name.zh} 失联`, en: `${name.en} is offline` },
      action: isSilent
        ? {
            zh: `可能连接还在而程序已停：请到现场查看并重启该${KIND_WORDS[kind].zh}`,
            en: 'Its program may have stopped while the connection stands: check it on site and restart it',
          }
        : {
            zh: '请检查电源与网线，必要时重启',
            en: 'Check its power and cable; restart it if necessary',
          },
      devices: [id],
    },
  ];
}
