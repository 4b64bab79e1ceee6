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
import { dirname, join } from 'node:path';
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
  readonly isIgnored: (source: string, address: string) => boolean;
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
  const accepted = new AcceptedDevices(hallFile, file, parsed.accepted);
  for (const { device, why } of accepted.left) {
    log.warn(`${ACCEPTED_FILE}: ${device.id} is left out: ${why}`, { stage: 'accepted devices' });
  }
  return accepted;
}

class AcceptedDevices implements Accepted {
  readonly #hallFile: HallConfig;
  readonly #file: string;
  #state: AcceptedFile;
  #joined: ReturnType<typeof withDevices>;
  #ignored: ReadonlySet<string>;

  constructor(hallFile: HallConfig, file: string, { devices, ignored }: AcceptedFile) {
    this.#hallFile = hallFile;
    this.#file = file;
    this.#state = { devices: this.#notMoved(devices), ignored };
    this.#joined = withDevices(hallFile, this.#state.devices);
    this.#ignored = keysOf(ignored);
  }

  get hall(): HallConfig {
    return this.#joined.config;
  }

  get left() {
    return this.#joined.left;
  }

  get devices() {
    return this.#state.devices;
  }

  get ignored() {
    return this.#state.ignored;
  }

  /** Handed on by itself, and asked for with every message of a source. */
  readonly isIgnored = (source: string, address: string): boolean =>
    this.#ignored.size > 0 && this.#ignored.has(keyOf({ source, address }));

  accept(request: AcceptRequest): { readonly device: Device } | AcceptProblem {
    const made = deviceOf(request);
    if ('problem' in made) return made;
    const { devices, ignored } = this.#state;
    const problem =
      conflictOf(made.device, this.#joined.config) ??
      this.#change({ devices: [...devices, made.device], ignored: others(ignored, request) });
    return problem === undefined ? made : { problem };
  }

  ignore({ source, address }: SourceAddress): string | undefined {
    const rest = others(this.#state.ignored, { source, address });
    const most = this.#hallFile.limits.discovered_max;
    if (rest.length >= most) {
      return `ignored: ${most} devices are already, should be at most so many (limits.discovered_max)`;
    }
    return this.#change({ ...this.#state, ignored: [...rest, { source, address }] });
  }

  replace({ devices, ignored }: AcceptedFile): void {
    const next = { devices: this.#notMoved(devices), ignored };
    if (formatAccepted(next) === formatAccepted(this.#state)) return;
    const problem = this.#change(next);
    if (problem !== undefined) throw new Error(`accepted devices of the leader: ${problem}`);
  }

  forget(address: SourceAddress): boolean {
    const { devices, ignored } = this.#state;
    const next = { devices: others(devices, address), ignored: others(ignored, address) };
    const changed = next.devices.length < devices.length || next.ignored.length < ignored.length;
    if (changed) this.#change(next);
    return changed;
  }

  /** @returns why not: what could not be read again as it is would keep the gateway from its next start */
  #change(next: AcceptedFile): string | undefined {
    const text = formatAccepted(next);
    const again = parseAccepted(text, ACCEPTED_FILE);
    if (!again.ok) return again.problems.join('; ');
    if (formatAccepted(again.accepted) !== text)
      return 'address: should not begin or end in spaces';
    mkdirSync(dirname(this.#file), { recursive: true });
    writeDurably(this.#file, text);
    this.#state = next;
    this.#joined = withDevices(this.#hallFile, next.devices);
    this.#ignored = keysOf(next.ignored);
    return undefined;
  }

  /** Whoever was moved into the hall file needs no place of its own any more. */
  #notMoved(devices: readonly Device[]): Device[] {
    const listed = new Map(this.#hallFile.devices.map((device) => [device.id, device]));
    return devices.filter((device) => {
      const one = listed.get(device.id);
      return !one || !isSame(device, one);
    });
  }
}

function others<T extends Addressed>(list: readonly T[], gone: SourceAddress): T[] {
  return list.filter((each) => keyOf(addressOf(each)) !== keyOf(gone));
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
