// Devices that an earlier version kept in DATA/accepted-devices.yaml: taken over into the journal once, as commands would have
// brought them there.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { By } from '../hall/command.ts';
import type { CommandSignal } from '../hall/command/event.ts';
import { CONTRACT_SOURCE, parseAccepted } from '../hall/config/accepted.ts';
import { digest } from '../hall/signal-id.ts';
import type { Clock } from './clock.ts';
import type { Draft, Journal } from './journal.ts';
import type { Log } from './log.ts';

export const ACCEPTED_FILE = 'accepted-devices.yaml';

const BY: By = { who: 'accepted-devices.yaml', role: 'none', from: 'api' };

export interface TakeOverOptions {
  /** data folder */
  readonly data: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

/** True where such a file waits. */
export function hasAcceptedFile(data: string): boolean {
  return existsSync(join(data, ACCEPTED_FILE));
}

/**
 * Journals what the file has and renames it to `….taken-over`. Does nothing where there is none. Ids come from the content, so
 * that a second try changes nothing.
 * @throws with every mistake of the file, which is then left as it is
 */
export async function takeOverAccepted(options: TakeOverOptions): Promise<void> {
  const { data, journal, clock, log } = options;
  if (!hasAcceptedFile(data)) return;
  const file = join(data, ACCEPTED_FILE);
  const parsed = parseAccepted(readFileSync(file, 'utf8'), file);
  if (!parsed.ok) throw new Error(`accepted devices: ${parsed.problems.join('\n')}`);
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
