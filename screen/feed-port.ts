// What goes into the feed and what comes out: its states, and the socket and clock that are handed to it. SPEC §6.

/** What the feed knows of its view. `data` is never shown as present unless `freshness` is `live`. */
export type FeedState<View> =
  /** nothing has come yet */
  | { readonly freshness: 'loading' }
  | {
      readonly freshness: 'live';
      readonly data: View;
      readonly epoch: string;
      readonly revision: number;
    }
  /** the last word is older than the view's limit; `heardAt`: the gateway's time of it (ms since 1970) */
  | {
      readonly freshness: 'stale';
      readonly data: View;
      readonly epoch: string;
      readonly revision: number;
      readonly heardAt: number;
    }
  /** there is nothing to show: the gateway is silent, or refuses */
  | {
      readonly freshness: 'none';
      readonly reason: 'silent' | 'view' | 'message' | 'protocol';
      readonly detail: string;
    };

/** The part of a browser's WebSocket that the feed uses; `onmessage` is called with at least `{ data }`. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** Monotonic time in ms, and timers. */
export interface FeedClock {
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface FeedOptions<View> {
  readonly url: string;
  readonly view: string;
  readonly open: (url: string) => WebSocketLike;
  readonly clock: FeedClock;
  readonly onChange: (state: FeedState<View>) => void;
  /** the version of the gateway's pages, each time it is told */
  readonly onVersion?: (version: string) => void;
  /** background failures, none of which stops the feed */
  readonly onError?: (error: unknown, context: { readonly stage: string }) => void;
  /** 0 ≤ chance < 1, for spreading reconnections */
  readonly random?: () => number;
}

export interface FeedCounters {
  connects: number;
  snapshots: number;
  deltas: number;
  gaps: number;
  badMessages: number;
  /** calls whose painting could not be told, because too many waited for a connection */
  paintedDropped: number;
}

export interface PaintedCall {
  readonly id: string;
  /** gateway's time (ms since 1970) of the frame */
  readonly at: number;
}

export interface Feed {
  /** closes the connection; nothing is called afterwards */
  stop(): void;
  /** the network is back, the page is shown again: look now instead of waiting */
  wake(): void;
  /** the gateway's time now (ms since 1970), or 0 before its first message */
  now(): number;
  /** how many ms of the gateway's time pass in one of the page's: 1 but in a demo */
  pace(): number;
  /** how long ago the data was last known to be the gateway's present one, ms; before the first: since the start */
  silentMs(): number;
  /** tells the gateway what stands on the screen; kept while there is no connection */
  painted(revision: number, calls: readonly PaintedCall[]): void;
  readonly counters: Readonly<FeedCounters>;
}
