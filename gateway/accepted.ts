// The hall's devices as they are now: those of the hall file, and those that somebody accepted while the gateway ran,
// which DATA/accepted-devices.yaml keeps.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Device, HallConfig } from '../hall/config.ts';
import {
  conflictOf,
  CONTRACT_SOURCE,
  formatAccepted,
  parseAccepted,
  parseDevice,
  withDevices,
  type AcceptedFile,
  type SourceAddress,
} from '../hall/config/accepted.ts';
import type { Log } from './log.ts';

export interface Accepted extends AcceptedFile {
  /** The hall file with the devices that were accepted; another object after every change. */
  readonly hall: HallConfig;
  /** Those of the file that cannot join: the hall file has changed since. */
  readonly left: readonly { readonly device: Device; readonly why: string }[];
  isIgnored(source: string, address: string): boolean;
  /** Takes effect at once and stays. @returns the device, or why it cannot join */
  accept(request: AcceptRequest): { readonly device: Device } | AcceptProblem;
  /** @returns why it cannot be, if it cannot */
  ignore(address: SourceAddress): string | undefined;
  /** Takes over what another gateway of this hall has; writes only where it differs. */
  replace(file: AcceptedFile): void;
  /** Undoes an acceptance, or an `ignore`. @returns false where there was neither */
  forget(address: SourceAddress): boolean;
}

export interface AcceptRequest extends SourceAddress {
  readonly id: string;
  readonly kind: string;
  readonly name?: string | undefined;
  readonly zone?: string | undefined;
  readonly window?: string | undefined;
  readonly via?: string | undefined;
}

export interface AcceptProblem {
  readonly problem: string;
  /** The request itself is none, whatever the hall has. */
  readonly malformed?: true;
}

/** A device, or the bare address of one. */
interface Addressed {
  readonly id?: string;
  readonly source?: string | undefined;
  readonly address?: string | undefined;
}

export const ACCEPTED_FILE = 'accepted-devices.yaml';

/**
 * @param data folder
 * @throws with every mistake of the file, which is then left as it is
 */
export function openAccepted(hallFile: HallConfig, data: string, log: Log): Accepted {
  const file = join(data, ACCEPTED_FILE);
  const parsed = parseAccepted(readOr(file, ''), file);
  if (!parsed.ok) throw new Error(`accepted devices: ${parsed.problems.join('\n')}`);
  // Whoever was moved into the hall file needs no place of its own any more.
  const moved = (device: Device) => hallFile.devices.some((other) => isSame(device, other));
  let state: AcceptedFile = {
    devices: parsed.accepted.devices.filter((device) => !moved(device)),
    ignored: parsed.accepted.ignored,
  };
  let joined = withDevices(hallFile, state.devices);
  for (const { device, why } of joined.left) {
    log.warn(`${ACCEPTED_FILE}: ${device.id} is left out: ${why}`, { stage: 'accepted devices' });
  }
  let ignored = keysOf(state.ignored);
  /** @returns why not: what could not be read again as it is would keep the gateway from its next start */
  const change = (next: AcceptedFile): string | undefined => {
    const text = formatAccepted(next);
    const again = parseAccepted(text, ACCEPTED_FILE);
    if (!again.ok) return again.problems.join('; ');
    if (formatAccepted(again.accepted) !== text)
      return 'address: should not begin or end in spaces';
    mkdirSync(data, { recursive: true });
    writeDurably(file, text);
    state = next;
    joined = withDevices(hallFile, next.devices);
    ignored = keysOf(next.ignored);
    return undefined;
  };
  const others = <T extends Addressed>(list: readonly T[], gone: SourceAddress) =>
    list.filter((each) => keyOf(addressOf(each)) !== keyOf(gone));

  return {
    get hall() {
      return joined.config;
    },
    get left() {
      return joined.left;
    },
    get devices() {
      return state.devices;
    },
    get ignored() {
      return state.ignored;
    },
    isIgnored: (source, address) => ignored.size > 0 && ignored.has(keyOf({ source, address })),
    accept(request) {
      const made = deviceOf(request);
      if ('problem' in made) return made;
      const problem =
        conflictOf(made.device, joined.config) ??
        change({
          devices: [...state.devices, made.device],
          ignored: others(state.ignored, request),
        });
      return problem === undefined ? made : { problem };
    },
    ignore({ source, address }) {
      const rest = others(state.ignored, { source, address });
      const most = hallFile.limits.discovered_max;
      if (rest.length >= most) {
        return `ignored: ${most} devices are already, should be at most so many (limits.discovered_max)`;
      }
      return change({ ...state, ignored: [...rest, { source, address }] });
    },
    replace({ devices, ignored: all }) {
      const next = { devices: devices.filter((device) => !moved(device)), ignored: all };
      if (formatAccepted(next) === formatAccepted(state)) return;
      const problem = change(next);
      if (problem !== undefined) throw new Error(`accepted devices of the leader: ${problem}`);
    },
    forget(address) {
      const next = {
        devices: others(state.devices, address),
        ignored: others(state.ignored, address),
      };
      const changed =
        next.devices.length < state.devices.length || next.ignored.length < state.ignored.length;
      if (changed) change(next);
      return changed;
    },
  };
}

/** The entry as it would stand in the hall file. */
function deviceOf(request: AcceptRequest): { device: Device } | AcceptProblem {
  const { source, address, id, kind, name, zone, window, via } = request;
  const isContract = source === CONTRACT_SOURCE;
  if (isContract && id !== address) {
    const problem = `id: is "${id}", should be "${address}", the name under which it publishes`;
    return { problem, malformed: true };
  }
  const parsed = parseDevice({
    ...{ id, kind },
    ...(name !== undefined && { name }),
    ...(zone !== undefined && { zone }),
    ...(window !== undefined && { window }),
    ...(via !== undefined && { via }),
    ...(!isContract && { source, address }),
  });
  return parsed.ok ? { device: parsed.device } : { problem: parsed.problem, malformed: true };
}

function isSame(device: Device, other: Device): boolean {
  return device.id === other.id && keyOf(addressOf(device)) === keyOf(addressOf(other));
}

/** A device without a source speaks the contract, under its id. */
function addressOf(of: Addressed): SourceAddress {
  return { source: of.source ?? CONTRACT_SOURCE, address: of.address ?? of.id ?? '' };
}

function keyOf({ source, address }: SourceAddress): string {
  return `${source}\n${address}`;
}

function keysOf(list: readonly SourceAddress[]): ReadonlySet<string> {
  return new Set(list.map(keyOf));
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return fallback;
    throw new Error(`accepted devices: cannot read ${file}`, { cause: error });
  }
}

/** Whole or not at all, also over a power cut. */
function writeDurably(file: string, text: string): void {
  const handle = openSync(`${file}.new`, 'w');
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
}
