// How fresh what a panel shows is: the feed's freshness and the data's, joined; the older always wins.
import type { Freshness } from '../hall/view/common.ts';
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

/** The freshness of a panel that shows data of this freshness (without one: of the view itself) out of `feed`. */
export function panelFreshness(
  feed: FeedState<unknown>,
  data?: Freshness | undefined,
): PanelFreshness {
  switch (feed.freshness) {
    case 'loading':
      return { state: 'none', reason: 'loading' };
    case 'none':
      return { state: 'none', reason: refusal(feed.reason) };
    case 'stale':
      if (data?.state === 'none') return { state: 'none', reason: 'no-data' };
      return { state: 'stale', at: staleAt(feed.heardAt, data) };
    case 'live':
      if (data === undefined || data.state === 'live') return LIVE;
      if (data.state === 'none') return { state: 'none', reason: 'no-data' };
      return { state: 'stale', ...(data.at !== undefined && { at: data.at }) };
  }
}

/** Live data were up to date when the gateway was last heard; stale data only at their own time. */
function staleAt(heardAt: number, data: Freshness | undefined): number {
  if (data?.state !== 'stale' || data.at === undefined) return heardAt;
  return Math.min(heardAt, data.at);
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
