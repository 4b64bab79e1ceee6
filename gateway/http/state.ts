// The live state and its views as bytes, made once for all who ask and in pieces between which others are answered.
import type { LiveState } from '../live-state.ts';
import { Shared } from './shared.ts';
import { stateJson } from './shape.ts';

/** Turns of the event loop end after so long. */
const SLICE_MS = 4;
/** A view that changes with time alone is cut anew after so long. */
const VIEW_MS = 250;
const VIEWS_MAX = 1_000;

interface Made {
  readonly liveState: { readonly epoch: string; readonly revision: number; readonly seq: number };
  readonly at: number;
  readonly pieces: readonly Uint8Array[];
}

export interface StateTexts {
  /** The whole state. */
  whole(): Promise<Made>;
  /** One view; `undefined` for one that the hall does not have. */
  view(name: string): Promise<Made | undefined>;
}

export function createStateTexts(
  liveState: () => LiveState,
  cut: (view: string) => unknown,
): StateTexts {
  const views = new Map<string, Shared<Made | undefined>>();
  const present = () => {
    const { epoch, revision, seq } = liveState();
    return { liveState: { epoch, revision, seq }, at: performance.now() };
  };
  const isSame = ({ liveState: { epoch, revision } }: Made) =>
    liveState().revision === revision && liveState().epoch === epoch;
  const whole = new Shared<Made>(
    async () => ({ ...present(), pieces: await inSlices(stateJson(liveState().hall)) }),
    isSame,
  );
  const viewOf = (name: string): Shared<Made | undefined> => {
    const known = views.get(name);
    if (known !== undefined) return known;
    const shared = new Shared<Made | undefined>(
      () => {
        const head = present();
        const data = cut(name);
        if (data === undefined) return undefined;
        return { ...head, pieces: [new TextEncoder().encode(JSON.stringify(data))] };
      },
      (made) => made !== undefined && isSame(made) && performance.now() - made.at < VIEW_MS,
    );
    return shared;
  };
  return {
    whole: () => whole.get(),
    async view(name) {
      const shared = viewOf(name);
      const made = await shared.get();
      // Names that are none are not remembered: there is no end of them.
      if (made !== undefined && views.size < VIEWS_MAX) views.set(name, shared);
      return made;
    },
  };
}

/** The texts as bytes; other work is done between two slices. */
async function inSlices(texts: Iterable<string>): Promise<Uint8Array[]> {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  let began = performance.now();
  for (const text of texts) {
    pieces.push(encoder.encode(text));
    if (performance.now() - began < SLICE_MS) continue;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    began = performance.now();
  }
  return pieces;
}

/** `{…head, "name": MADE}` without copying what was made. */
export function jsonAround(head: object, name: string, pieces: readonly Uint8Array[]): Response {
  const encoder = new TextEncoder();
  const all = [
    encoder.encode(`${JSON.stringify(head).slice(0, -1)},"${name}":`),
    ...pieces,
    encoder.encode('}'),
  ];
  const length = all.reduce((sum, piece) => sum + piece.length, 0);
  const next = all.values();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = next.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': String(length),
    },
  });
}
