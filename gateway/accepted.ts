// Accepted devices at the gateway: what the sources forget of them, and the file DATA/accepted-devices.yaml in which an earlier
// version kept them, which is taken over into the journal once.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { By } from '../hall/command.ts';
import type { CommandSignal } from '../hall/command/event.ts';
import { CONTRACT_SOURCE, parseAccepted } from '../hall/config/accepted.ts';
import { digest } from '../hall/signal-id.ts';
import type { Clock } from './clock.ts';
import type { LiveState } from './live-state.ts';
import type { Draft, Journal } from './journal.ts';
import type { Log, OnError } from './log.ts';
import type { Sources } from './sources.ts';
import { languageOf } from './start/language.mjs';

export const ACCEPTED_FILE = 'accepted-devices.yaml';

const BY: By = { who: 'accepted-devices.yaml', role: 'none', from: 'api' };

export interface TakeOverOptions {
  /** data folder */
  readonly data: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 1_000;

/** A device that joined or is to be ignored is no discovered one any more, whichever gateway of a pair decided so. */
export function forgetJoined(liveState: LiveState, sources: Pick<Sources, 'forget'>): void {
  let { accepted } = liveState.hall;
  liveState.onChange(() => {
    if (liveState.hall.accepted === accepted) return;
    const before = new Set<object>([...accepted.devices, ...accepted.ignored]);
    ({ accepted } = liveState.hall);
    for (const one of accepted.devices) {
      if (!before.has(one)) sources.forget(one.source ?? CONTRACT_SOURCE, one.address ?? one.id);
    }
    for (const one of accepted.ignored) {
      if (!before.has(one)) sources.forget(one.source, one.address);
    }
  });
}

/** Of a pair only the gateway that leads writes: the file waits until this one does. Returns the way to end the waiting. */
export async function takeOverWhenLeading(
  options: TakeOverOptions & {
    readonly leads: () => boolean;
    readonly onError: OnError;
  },
): Promise<() => void> {
  const { leads, data, onError } = options;
  if (leads()) await takeOverAccepted(options);
  if (!existsSync(join(data, ACCEPTED_FILE))) return () => {};
  const timer = setInterval(() => {
    if (!leads()) return;
    clearInterval(timer);
    takeOverAccepted(options).catch((error) => onError(error, { stage: 'accepted-devices' }));
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/**
 * Journals what the file has and renames it to `….taken-over`. Does nothing where there is none. Ids come from the content, so
 * that a second try changes nothing.
 * @throws with every mistake of the file, which is then left as it is
 */
export async function takeOverAccepted(options: TakeOverOptions): Promise<void> {
  const { data, journal, clock, log } = options;
  const file = join(data, ACCEPTED_FILE);
  if (!existsSync(file)) return;
  const parsed = parseAccepted(readFileSync(file, 'utf8'), file, languageOf());
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const { devices, ignored } = parsed.accepted;
  const now = clock.now();
  const drafts = [
    ...ignored.map((address): CommandSignal => ({ type: 'device.ignored', ...address })),
    ...devices.map((device): CommandSignal => {
      const { id, source = CONTRACT_SOURCE, address = id } = device;
      return { type: 'device.accepted', source, address, device };
    }),
  ].map((signal): Draft => {
    const id = `taken-over-${digest(JSON.stringify(signal))}`;
    return { device: 'command', stream: 'command', id, at: now, signal: { ...signal, id }, by: BY };
  });
  await journal.append(drafts, [], now);
  renameSync(file, `${file}.taken-over`);
  log.info('accepted devices: taken over from the file of an earlier version', {
    ...{ file, devices: devices.length, ignored: ignored.length },
  });
}
