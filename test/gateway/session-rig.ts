// A session at a real broker, as tests open it: it keeps what it was given, and says it is safe when told to.
import { openSession, type Session, type SessionOptions } from '../../gateway/intake/session.ts';

export interface Taken {
  readonly session: Session;
  /** payloads as text, in order */
  readonly texts: string[];
  readonly topics: string[];
  readonly retained: boolean[];
  /** of those that were cut: how large they were */
  readonly cut: number[];
  readonly errors: string[];
  /** from now on messages are safe at once; those that wait are safe now */
  open(): void;
  /** from now on messages are never safe until `open` */
  close(): void;
}

const utf8 = new TextDecoder();

export async function take(
  url: string,
  options: Partial<SessionOptions> = {},
  closed = false,
): Promise<Taken> {
  const texts: string[] = [];
  const topics: string[] = [];
  const retained: boolean[] = [];
  const cutFrom: number[] = [];
  const errors: string[] = [];
  let waiting: (() => void)[] | undefined = closed ? [] : undefined;
  const outcome = { accepted: 1, rejected: 0 };
  const session = await openSession({
    ...{ broker: { url: new URL(url) }, hall: 'h1', clientId: 'hallcast-h1' },
    onPublish({ topic, payload, retain, cut }) {
      if (cut) cutFrom.push(cut.bytes);
      texts.push(utf8.decode(payload));
      topics.push(topic);
      retained.push(retain);
      if (waiting === undefined) return Promise.resolve(outcome);
      const queue = waiting;
      return new Promise((resolve) => queue.push(() => resolve(outcome)));
    },
    onError: (error) => void errors.push(String(error)),
    ...options,
  });
  return {
    ...{ session, texts, topics, retained, errors, cut: cutFrom },
    open() {
      for (const safe of waiting ?? []) safe();
      waiting = undefined;
    },
    close: () => void (waiting ??= []),
  };
}

/** Waits until this holds; the state is looked at every few ms. */
export async function until(what: string, holds: () => boolean, msMax = 15_000): Promise<void> {
  const deadline = performance.now() + msMax;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
