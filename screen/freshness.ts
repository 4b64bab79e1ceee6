// How fresh what a panel shows is: the feed's freshness and the source's, joined; the older always wins.
import type { SourceFreshness } from '../hall/view/common.ts';
import type { FeedState } from './feed-port.ts';

/** `at`: ms since 1970 of the data that is shown. */
export type PanelFreshness =
  | { readonly state: 'live' }
  | { readonly state: 'stale'; readonly at?: number }
  | {
      readonly state: 'none';
      readonly reason: 'loading' | 'silent' | 'updating' | 'refused' | 'no-data';
    };

/** One object for all that is live, so that nothing is drawn anew because it is still live. */
const LIVE: PanelFreshness = { state: 'live' };

/** The freshness of a panel that shows values of `source` (without one: of the view itself) out of `feed`. */
export function panelFreshness(
  feed: FeedState<unknown>,
  source?: SourceFreshness | undefined,
): PanelFreshness {
  switch (feed.freshness) {
    case 'loading':
      return { state: 'none', reason: 'loading' };
    case 'none':
      return { state: 'none', reason: refusal(feed.reason) };
    case 'stale':
      if (source?.state === 'none') return { state: 'none', reason: 'no-data' };
      return { state: 'stale', at: staleAt(feed.heardAt, source) };
    case 'live':
      if (source === undefined || source.state === 'live') return LIVE;
      if (source.state === 'none') return { state: 'none', reason: 'no-data' };
      return { state: 'stale', ...(source.at !== undefined && { at: source.at }) };
  }
}

/** A live source was up to date when the gateway was last heard; a stale one only at its own time. */
function staleAt(heardAt: number, source: SourceFreshness | undefined): number {
  if (source?.state !== 'stale' || source.at === undefined) return heardAt;
  return Math.min(heardAt, source.at);
}

function refusal(reason: 'silent' | 'view' | 'message' | 'protocol') {
  if (reason === 'silent') return 'silent';
  return reason === 'protocol' ? 'updating' : 'refused';
}

/** Why there is nothing to show, in words. */
export const NONE_WORDS = {
  loading: { zh: '正在连接', en: 'Connecting' },
  silent: { zh: '暂时无法连接，正在重试', en: 'No connection, trying again' },
  updating: { zh: '正在更新页面', en: 'Updating this page' },
  refused: { zh: '此页面不可用', en: 'This page is not available' },
  'no-data': { zh: '暂无数据', en: 'No data yet' },
} as const;
