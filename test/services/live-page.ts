// The managers' page as the gateway sees it: what it was last told, and that it is still being told.
import type { Gateway } from './gateway.ts';

/** After so long without a word a page says that what it shows is old; a little less than screen/feed.ts allows. */
export const PAGE_STALE_MS = 4_000;

export class LivePage {
  pulses = 0;
  /** the longest time without a word, ms */
  silentMsMax = 0;
  #heardAt = performance.now();
  #told = '';
  readonly #socket: WebSocket;

  constructor({ url }: Pick<Gateway, 'url'>) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/live`);
    this.#socket.onopen = () =>
      this.#socket.send(JSON.stringify({ type: 'hello', protocol: 1, view: 'live' }));
    this.#socket.onmessage = ({ data }) => {
      const text = String(data);
      this.silentMsMax = Math.max(this.silentMsMax, performance.now() - this.#heardAt);
      this.#heardAt = performance.now();
      if (text.includes('"type":"pulse"')) this.pulses++;
      else this.#told += text;
    };
  }

  shows(ticket: string): boolean {
    return this.#told.includes(ticket);
  }

  close(): void {
    this.#socket.close();
  }
}
