// 四级大厅: the own hall and its neighbours by their summaries, and the sums of those that are live. SPEC 25.9.
import type { HallConfig } from '../../config.ts';
import type { Figure } from '../../figure.ts';
import { overlapMs } from '../../interval.ts';
import type { Neighbour, NeighbourSummary } from '../../neighbour.ts';
import { waitHours } from '../../state.ts';
import type { Freshness, Name } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo } from '../memo.ts';
import { plainName } from '../name.ts';
import { states } from './device-rows.ts';
import { figures } from './figures.ts';
import { zoneFreshness } from './freshness.ts';
import { emergencies, opening } from './hall.ts';
import { liveQueues } from './live-queues.ts';
import { rounded } from './round.ts';

export interface HallFigures {
  readonly opening: NeighbourSummary['opening']['state'];
  readonly waiting: number;
  /** of the oldest who waits, whole minutes within opening hours */
  readonly longestMin?: number;
  readonly windowsOpen: number;
  readonly windows: number;
  readonly issued: number;
  readonly completed: number;
  readonly meanWaitMs?: Figure;
  readonly satisfaction?: Figure;
  /** neither online nor being maintained */
  readonly devicesDown: number;
  readonly emergencies: number;
  /** of severity 2 and 3 */
  readonly faults: number;
}

export interface HallRow {
  readonly id: string;
  readonly name: Name;
  readonly level?: HallConfig['hall']['level'];
  readonly parent?: string;
  readonly isOwn?: true;
  readonly demo?: true;
  readonly freshness: Freshness;
  /** absent where nothing was ever heard */
  readonly figures?: HallFigures;
}

export interface Halls {
  /** the own hall, then `neighbours` in the hall file's order */
  readonly rows: readonly HallRow[];
  readonly sum: {
    /** halls that are added up, and those that would be if all were live */
    readonly live: number;
    readonly of: number;
    readonly waiting: number;
    readonly windowsOpen: number;
    readonly windows: number;
    readonly issued: number;
    readonly completed: number;
  };
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** A fault from there on keeps a device, or the hall, from its work. */
const SEVERITY_MIN = 2;

/** Absent where the hall file names no neighbours. */
export const halls = part('hall', (cut): Halls | undefined => {
  const { config, memory, gatewayStatus, now } = cut;
  const { neighbours } = config;
  if (neighbours.length === 0) return undefined;
  const heard = new Map(gatewayStatus.neighbours?.map((one) => [one.id, one]));
  const limitMs = 2 * config.summary.at_least_s * SECOND_MS;
  const rows = neighbours.map((listed) => {
    const { id } = listed;
    const one = heard.get(id);
    return neighbourRow(memory, id, listed, one, isLive(one, now, limitMs));
  });
  return hallsOf(memory, '', config, ownRow(cut), ...rows);
});

const hallsOf = memo((config: HallConfig, ...rows: HallRow[]): Halls => {
  // Numbers of a demo are nobody's work.
  const counted = rows.filter(({ demo }) => config.hall.demo || demo !== true);
  const live = counted.flatMap(({ freshness, figures }) =>
    freshness.state === 'live' && figures ? [figures] : [],
  );
  const total = (key: 'waiting' | 'windowsOpen' | 'windows' | 'issued' | 'completed') =>
    live.reduce((sum, one) => sum + one[key], 0);
  return {
    rows,
    sum: {
      ...{ live: live.length, of: counted.length },
      ...{ waiting: total('waiting'), windowsOpen: total('windowsOpen') },
      ...{ windows: total('windows'), issued: total('issued'), completed: total('completed') },
    },
  };
});

/** By the time that the message names, which a retained one may have from long ago, and by when it came. */
function isLive(one: Neighbour | undefined, now: number, limitMs: number): boolean {
  if (one?.summary === undefined || one.heardAt === undefined) return false;
  const at = Math.min(one.summary.at, one.heardAt);
  return one.summary.source.state !== 'stale' && now - at < limitMs;
}

const neighbourRow = memo(
  (
    listed: HallConfig['neighbours'][number],
    one: Neighbour | undefined,
    isLive: boolean,
  ): HallRow => {
    const { id, name, level } = listed;
    const { summary } = one ?? {};
    if (summary === undefined) {
      const known = { id, name: plainName(name ?? { zh: id }), ...(level && { level }) };
      return { ...known, freshness: { state: 'none' } };
    }
    const { at: saidAt, source, parent, demo } = summary;
    // Figures made of old signals are as old as those.
    const at = source.state === 'stale' ? (source.at ?? saidAt) : saidAt;
    return {
      id,
      name: plainName(name ?? summary.name),
      level: level ?? summary.level,
      ...(parent !== undefined && { parent }),
      ...(demo === true && { demo }),
      // Of a live one the time would move without anything new.
      freshness: isLive ? { state: 'live' } : { state: 'stale', at },
      figures: figuresOf(summary),
    };
  },
);

function figuresOf(summary: NeighbourSummary): HallFigures {
  const { opening, waiting, windows, today, mean_wait_s: mean, satisfaction } = summary;
  const { longest_wait_s: longest } = waiting;
  return {
    opening: opening.state,
    waiting: waiting.total,
    ...(longest !== undefined && { longestMin: Math.floor(longest / 60) }),
    ...{ windowsOpen: windows.open, windows: windows.total },
    ...{ issued: today.issued, completed: today.completed },
    ...(mean && { meanWaitMs: { value: Math.round(mean.value * SECOND_MS), n: mean.n } }),
    ...(satisfaction && { satisfaction: rounded(satisfaction) }),
    devicesDown: devicesDown(summary.devices),
    emergencies: summary.emergencies.length,
    faults: graveFaults(summary.faults),
  };
}

function ownRow(cut: Cutting): HallRow {
  const { hall, config, now, memory, gatewayStatus } = cut;
  const queues = Object.values(liveQueues(cut));
  const since = queues.flatMap(({ longestSince }) => longestSince ?? []);
  const longest = overlapMs(waitHours(hall.day), Math.min(now, ...since), now);
  return ownRowOf(
    ...([memory, '', config, zoneFreshness(cut, undefined), figures(cut)] as const),
    opening(cut).state,
    since.length === 0 ? undefined : Math.floor(longest / MINUTE_MS),
    devicesDown(states(cut)),
    Object.keys(emergencies(cut, undefined)).length,
    graveFaults(gatewayStatus.faults ?? []),
  );
}

const ownRowOf = memo(
  (
    { hall, windows }: HallConfig,
    freshness: Freshness,
    own: ReturnType<typeof figures>,
    opening: HallFigures['opening'],
    longestMin: number | undefined,
    devicesDown: number,
    emergencies: number,
    faults: number,
  ): HallRow => ({
    ...{ id: hall.id, name: plainName(hall.name), level: hall.level, isOwn: true },
    ...(hall.parent !== undefined && { parent: hall.parent }),
    ...(hall.demo && { demo: true }),
    freshness: freshness.state === 'live' ? { state: 'live' } : freshness,
    figures: {
      ...{ opening, waiting: own.waiting, ...(longestMin !== undefined && { longestMin }) },
      windowsOpen: own.windowsOpen,
      windows: windows.filter(({ role }) => role === 'front').length,
      ...{ issued: own.issued, completed: own.completed },
      ...(own.meanWaitMs && { meanWaitMs: own.meanWaitMs }),
      ...(own.satisfaction && { satisfaction: own.satisfaction }),
      ...{ devicesDown, emergencies, faults },
    },
  }),
);

function devicesDown({
  online: _online,
  maintenance: _maintenance,
  ...others
}: Readonly<Record<string, number>>): number {
  return Object.values(others).reduce((sum, many) => sum + many, 0);
}

function graveFaults(faults: readonly { readonly severity: number }[]): number {
  return faults.filter(({ severity }) => severity >= SEVERITY_MIN).length;
}
