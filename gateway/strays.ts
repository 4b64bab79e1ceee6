// Who sends to ids that the hall file does not have, from what is refused: a fault names device and id. SPEC §19.5.
import { STRAY_KINDS, type Stray, type StrayKind } from '../hall/fault/stray.ts';
import type { DeadLetterDraft } from './journal.ts';

/** A sender is remembered for an hour for each refusal, a day at most: one that tried something is soon forgotten. */
const HOUR_MS = 3_600_000;
const HOURS_MAX = 24;
/** Pairs of sender and id that are remembered; of more, the least recent one is forgotten. */
const STRAYS_MAX = 200;

export interface Strays {
  /** Takes what was refused; other reasons than unknown ids are nothing to it. */
  note(refused: readonly DeadLetterDraft[]): void;
  list(): readonly Stray[];
}

/** @param now ms since 1970 */
export function createStrays(now: () => number): Strays {
  const strays = new Map<string, Stray>();
  return {
    note(refused) {
      for (const letter of refused) {
        const missing = missingOf(letter);
        if (missing === undefined) continue;
        const { kind, id } = missing;
        const sender = senderOf(letter.topic);
        const key = `${sender}\n${kind}\n${id}`;
        const known = strays.get(key);
        const at = now();
        // Put back at the end: the map's order is that of the latest refusal.
        strays.delete(key);
        strays.set(key, {
          ...{ sender, kind, id },
          refused: (known?.refused ?? 0) + 1,
          firstAt: known?.firstAt ?? at,
          lastAt: at,
        });
        if (strays.size > STRAYS_MAX) strays.delete(strays.keys().next().value ?? '');
      }
    },
    list() {
      const present = now();
      return [...strays.values()].filter(
        ({ lastAt, refused }) => present - lastAt <= Math.min(refused, HOURS_MAX) * HOUR_MS,
      );
    },
  };
}

/** `unknown:queue` with `queue: "qy" is not in the hall file`, in either language. */
function missingOf({
  reason,
  detail,
}: DeadLetterDraft): { kind: StrayKind; id: string } | undefined {
  const kind = STRAY_KINDS.find((each) => reason === `unknown:${each}`);
  const id = /^[a-z]+(?:: |：)"([a-z0-9-]{1,63})" (?:is not in the hall file|不在大厅文件中)/.exec(
    detail,
  )?.[1];
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

function senderOf(topic: string): string {
  const device = /^hall\/[^/]+\/([^/]+)\/[^/]+$/.exec(topic)?.[1];
  return (device ?? topic).slice(0, 100);
}
