// Devices that were lost at once, named by what they share: a zone, a floor, the hall, a kind. SPEC §12.6.
import { group } from 'd3-array';
import { indexHall } from '../config.ts';
import type { Fault } from './kinds.ts';
import type { Lost, Survey, Surveyed } from './survey.ts';
import { bothOf, countWords } from './words.ts';

/** So much of what was lost at once names the place: one stranger beside forty does not make it the whole hall. */
const MOST = 0.8;
/** More than this of a place, and it is the place. */
const HALF = 0.5;
/** Devices that report seldom are found silent one after the other: no longer than this apart they are one loss. */
const SILENT_TOGETHER_MS_MAX = 30 * 60_000;

/** The faults of devices that were lost at once; what is too few for one is left to be told one by one. */
export function togetherFaults(survey: Survey, lost: readonly Lost[]): Fault[] {
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
    [...group(list, by)].find(
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
    const all = group(heard, placeOf);
    for (const [place, members] of group(rest, placeOf)) {
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
    en: `still offline, of ${members.length} that went offline at once`,
  };
  const state = flaps
    ? { zh: '反复断线', en: 'keep disconnecting together' }
    : back > 0
      ? some
      : { zh: '同时失联', en: 'went offline at once' };
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
      zh: '可能是交换机、供电或网络问题：请先查它们共用的部分，不必逐台排查',
      en: 'Probably a switch, the power or the network: check what they share before each device',
    },
    devices: shown.map(({ id }) => id),
  };
}
