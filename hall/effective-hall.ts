// The hall file with what people have changed since: devices that were accepted, windows with other queues. SPEC §22.
import { isAt, withDevices } from './config/accepted.ts';
import { freeze, indexHall, type Device, type HallConfig } from './config.ts';
import type { Hall } from './state.ts';

export interface EffectiveHall {
  readonly config: HallConfig;
  /** accepted devices that cannot join: the hall file has changed since */
  readonly left: readonly { readonly device: Device; readonly why: string }[];
}

/** Of one list: each message of a source asks. */
const ignoredKeys = new WeakMap<Hall['accepted']['ignored'], ReadonlySet<string>>();

/** Whether the device at this address is not to be shown among those that were discovered. */
export function isIgnored({ accepted }: Pick<Hall, 'accepted'>, source: string, address: string) {
  const { ignored } = accepted;
  if (ignored.length === 0) return false;
  let keys = ignoredKeys.get(ignored);
  if (keys === undefined) {
    keys = new Set(ignored.map((one) => `${one.source}\n${one.address}`));
    ignoredKeys.set(ignored, keys);
  }
  return keys.has(`${source}\n${address}`);
}

type Changed = Pick<Hall, 'accepted' | 'assigned'>;

const known = new WeakMap<HallConfig, Changed & { readonly effective: EffectiveHall }>();

/** The same object as long as neither the file nor what was changed is another. */
export function effectiveHall(file: HallConfig, { accepted, assigned }: Changed): EffectiveHall {
  const before = known.get(file);
  if (before?.accepted === accepted && before.assigned === assigned) return before.effective;
  const effective = joined(file, accepted, assigned);
  known.set(file, { accepted, assigned, effective });
  return effective;
}

function joined(file: HallConfig, accepted: Hall['accepted'], assigned: Hall['assigned']) {
  const listed = indexHall(file).devices;
  // One that was moved into the hall file is there.
  const devices = accepted.devices.filter(({ id, source = 'mqtt', address = id }) => {
    const same = listed.get(id);
    return same === undefined || !isAt(same, { source, address });
  });
  const { config, left } = withDevices(file, devices);
  if (Object.keys(assigned).length === 0) return { config, left };
  const { queues: of } = indexHall(file);
  const windows = file.windows.map((window) => {
    const queues = Object.hasOwn(assigned, window.id) ? assigned[window.id]?.queues : undefined;
    return queues === undefined ? window : { ...window, queues: queues.filter((id) => of.has(id)) };
  });
  return { config: freeze({ ...config, windows }), left };
}
