// Devices that are gone, by cause: what they are connected through, what was lost together, and what is left. SPEC §12.
import { indexHall } from '../config.ts';
import type { Fault } from '../fault.ts';
import type { Survey, Surveyed } from './survey.ts';
import { KIND_WORDS } from '../device-words.ts';
import { bothOf, countWords, deviceWords } from './words.ts';

type Lost = Surveyed & { readonly lostAt: number };

/** Of the devices behind a switch that says nothing itself so many must be gone at once to suspect it. */
const SUSPECT_SHARE = 0.6;
const SUSPECT_LEAST = 3;
/** So much of what was lost at once names the place: one stranger beside forty does not make it the whole hall. */
const MOST = 0.8;
/** More than this of a place, and it is the place. */
const HALF = 0.5;
/** Devices that report seldom are found silent one after the other: no longer than this apart they are one loss. */
const SILENT_TOGETHER_MS_MAX = 30 * 60_000;

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
  const state = flaps ? { zh: '反复断线', en: 'comes and goes' } : { zh: '失联', en: 'is gone' };
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
      zh: '请检查它的电源与上联网线，恢复后其下设备会自行回来',
      en: 'Check its power and its cable; what is behind it comes back by itself',
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
      en: `${name.en} is probably down: ${followers.en} behind it were lost at once`,
    },
    action: { zh: '请先检查它的电源与上联网线', en: 'Check its power and its cable first' },
    devices: gone.map(({ id }) => id),
    cause: uplink.id,
  };
}

// --- what was lost together -----------------------------------------------------------------------

function togetherFaults(survey: Survey, lost: readonly Lost[]): Fault[] {
  const { together_min: least } = survey.config.faults;
  return clustersOf(survey, lost).flatMap((cluster) => {
    if (cluster.length < least) return [];
    return scopesOf(survey, cluster, least).flatMap(({ words, members }) => {
      const gone = members.filter((one) => one.gone);
      const flaps = members.filter((one) => one.flappingSince !== undefined).length >= least;
      if (gone.length === 0 && !flaps) return [];
      return [togetherFault(words, members, gone, flaps)];
    });
  });
}

/** Losses in the order of their time, cut where the next is too long after the first. */
function clustersOf({ config }: Survey, lost: readonly Lost[]): Lost[][] {
  const togetherMs = config.faults.together_s * 1000;
  const clusters: Lost[][] = [];
  for (const one of [...lost].sort((a, b) => a.lostAt - b.lostAt)) {
    const current = clusters.at(-1);
    const first = current?.[0];
    const slackMs = Math.min(one.lostWithinMs, SILENT_TOGETHER_MS_MAX);
    if (first && one.lostAt - first.lostAt <= Math.max(togetherMs, slackMs)) current.push(one);
    else clusters.push([one]);
  }
  return clusters;
}

interface Scope {
  readonly words: { readonly zh: string; readonly en: string };
  readonly members: readonly Lost[];
}

/**
 * Names for what was lost together: the zone that most of it is in; the hall, where that is most of it; else each floor
 * and each zone of which more than half is lost; of what is left the kind that most of it is, or several places where it
 * is still many.
 */
function scopesOf(survey: Survey, cluster: readonly Lost[], least: number): Scope[] {
  const { zones, floors } = indexHall(survey.config);
  const zoneOf = (one: Surveyed) => zones.get(zoneId(survey, one) ?? '');
  const mostOf = <K>(list: readonly Lost[], by: (one: Lost) => K | undefined) =>
    [...Map.groupBy(list, by)].find(
      ([key, { length }]) => key !== undefined && length >= list.length * MOST && length >= least,
    );
  const [zone, inZone] = mostOf(cluster, zoneOf) ?? [];
  if (zone && inZone) return [{ words: bothOf(zone.name), members: inZone }];
  const heard = survey.all.filter(({ health }) => health !== 'none');
  if (cluster.length >= heard.length * MOST) {
    return [{ words: { zh: '全厅', en: 'the hall' }, members: cluster }];
  }
  const scopes: Scope[] = [];
  let rest = cluster;
  const take = <P extends { readonly name: Parameters<typeof bothOf>[0] }>(
    placeOf: (one: Surveyed) => P | undefined,
  ) => {
    const all = Map.groupBy(heard, placeOf);
    for (const [place, members] of Map.groupBy(rest, placeOf)) {
      const isMost = members.length > (all.get(place)?.length ?? 0) * HALF;
      if (!place || members.length < least || !isMost) continue;
      scopes.push({ words: bothOf(place.name), members });
      rest = rest.filter((one) => !members.includes(one));
    }
  };
  take((one) => floors.get(zoneOf(one)?.floor ?? ''));
  take(zoneOf);
  const [, ofKind] = mostOf(rest, ({ device }) => device?.kind) ?? [];
  if (ofKind) scopes.push({ words: { zh: '', en: '' }, members: ofKind });
  else if (rest.length >= least) {
    scopes.push({ words: { zh: '多处', en: 'several places' }, members: rest });
  }
  return scopes;
}

function zoneId({ config }: Survey, { device }: Surveyed): string | undefined {
  if (device?.zone !== undefined) return device.zone;
  return device?.window === undefined
    ? undefined
    : indexHall(config).windows.get(device.window)?.zone;
}

function togetherFault(
  place: { readonly zh: string; readonly en: string },
  members: readonly Lost[],
  gone: readonly Lost[],
  flaps: boolean,
): Fault {
  const since = Math.min(...members.map(({ lostAt }) => lostAt));
  const shown = flaps ? members : gone;
  const count = countWords(shown);
  const back = members.length - gone.length;
  const some = {
    zh: `仍失联（同时失联的 ${members.length} 台中）`,
    en: `still gone of ${members.length} lost at once`,
  };
  const state = flaps
    ? { zh: '反复断线', en: 'come and go together' }
    : back > 0
      ? some
      : { zh: '同时失联', en: 'were lost at once' };
  return {
    // Kept by keepFaults while others join and the first of them come back; no device is in two.
    id: `together:${members.map(({ id }) => id).sort()[0] ?? ''}`,
    kind: 'together',
    severity: 3,
    since,
    title: {
      zh: `${place.zh} ${count.zh}${state.zh}`.trim(),
      en: `${count.en}${place.en && ` in ${place.en}`} ${state.en}`,
    },
    action: {
      zh: '可能是交换机、电源或网络：请先查共用的一处，不要逐台排查',
      en: 'Probably a switch, power or the network: look for what they share, not at each of them',
    },
    devices: shown.map(({ id }) => id),
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
          en: `${name.en} comes and goes (${times} times)`,
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
        ? { zh: `${name.zh} 长时间没有消息`, en: `${name.en} has said nothing for too long` }
        : { zh: `${name.zh} 失联`, en: `${name.en} is gone` },
      action: isSilent
        ? {
            zh: `连接可能还在而程序已停：请到现场看一眼，重启该${KIND_WORDS[kind].zh}`,
            en: 'It may be connected with its program hung: have a look and restart it',
          }
        : {
            zh: '请检查电源与网线，必要时重启',
            en: 'Check its power and cable, restart it if need be',
          },
      devices: [id],
    },
  ];
}
