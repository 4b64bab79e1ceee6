// A network of bad manners between pages and gateway, in virtual time: it delays, doubles, reorders, loses, cuts with
// and without a word, and stops reading so that the sender's buffer fills.
import type { WebSocketLike } from '../../screen/feed-port.ts';
import type { Chance } from './random.ts';

export interface Manners {
  /** ms a message takes at most; messages overtake each other only where `reorder` says so */
  readonly delayMs: number;
  /** probabilities per message */
  readonly double: number;
  readonly reorder: number;
  readonly lose: number;
  /** the connection breaks: both ends hear of it, or neither does */
  readonly cut: number;
  readonly cutSilently: number;
  /** the page reads nothing for a while */
  readonly choke: number;
}

export const PERFECT: Manners = {
  delayMs: 1,
  double: 0,
  reorder: 0,
  lose: 0,
  cut: 0,
  cutSilently: 0,
  choke: 0,
};

const CHOKE_MS = 30_000;

export interface Wire {
  readonly page: WebSocketLike;
  readonly gateway: WebSocket;
  /** both ends hear that it is over */
  cut(): void;
}

interface End {
  readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  bufferedAmount: number;
  send(text: string): void;
  close(): void;
}

/** `manners` is asked for each message, so that the weather can change. `sent` hears every message of the gateway. */
export function connect(
  chance: Chance,
  manners: () => Manners,
  sent: (text: string) => void,
): Wire {
  const [page, gateway] = [end(), end()];
  let silent = false;
  const cut = () => {
    for (const side of [page, gateway]) {
      if (side.readyState === WebSocket.CLOSED) continue;
      side.readyState = WebSocket.CLOSED;
      setTimeout(() => side.onclose?.({} as never), 1);
    }
  };
  const carry = (from: End, to: End) => {
    let lastArrival = 0;
    return (text: string): void => {
      if (from.readyState !== WebSocket.OPEN) return;
      if (from === gateway) sent(text);
      const now = manners();
      if (chance.happens(now.cut)) cut();
      if (chance.happens(now.cutSilently)) silent = true;
      if (silent || chance.happens(now.lose)) return;
      const choked = chance.happens(now.choke) ? CHOKE_MS : 0;
      const travel = 1 + chance.next() * now.delayMs + choked;
      const arrival = performance.now() + travel;
      const inOrder = chance.happens(now.reorder) ? arrival : Math.max(arrival, lastArrival);
      lastArrival = Math.max(lastArrival, inOrder);
      from.bufferedAmount += text.length;
      for (let copy = chance.happens(now.double) ? 2 : 1; copy > 0; copy--) {
        const last = copy === 1;
        setTimeout(() => {
          if (last) from.bufferedAmount -= text.length;
          if (to.readyState === WebSocket.OPEN) to.onmessage?.({ data: text } as never);
        }, inOrder - performance.now());
      }
    };
  };
  page.send = carry(page, gateway);
  gateway.send = carry(gateway, page);
  page.close = gateway.close = cut;
  setTimeout(
    () => {
      if (page.readyState !== WebSocket.CONNECTING) return;
      page.readyState = WebSocket.OPEN;
      page.onopen?.({} as never);
    },
    1 + chance.next() * 20,
  );
  gateway.readyState = WebSocket.OPEN;
  // The gateway takes a socket of its runtime; it uses no more of it than these ends have.
  return { page, gateway: gateway as unknown as WebSocket, cut };
}

function end(): End {
  return {
    readyState: WebSocket.CONNECTING,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    bufferedAmount: 0,
    send() {},
    close() {},
  };
}
