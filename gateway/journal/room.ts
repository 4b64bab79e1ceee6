/**
 * Room for the journal: how much of its disk is left, and of its own limit. Before the disk is full, signals of devices
 * that the hall file does not list are refused, so that those of the others can still be kept.
 */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Budget } from '../../hall/gateway-status.ts';

export interface RoomOptions {
  readonly file: string;
  /** Bytes that the journal may have; 0 = as many as the disk has. */
  readonly bytesMax: number;
  /** Bytes of the disk that are for listed devices; of a small disk 5 %. */
  readonly reserveBytes: number;
  /** Bytes that the journal has. */
  readonly bytesUsed: () => number;
  readonly isListed: (device: string) => boolean;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

const RESERVE_SHARE = 0.05;
/** So much more must be free, or less be used, before nobody is refused any more. */
const MARGIN = { free: 1.1, used: 0.95 };
const EMERGENCY = 'emergency';

interface Measure {
  readonly used: number;
  readonly max: number;
  readonly setting: string;
}

export class Room {
  readonly #options: RoomOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #failed = false;
  #fullest: Measure | undefined;
  #refused = 0;
  /** Alarms of any device are taken until half of the reserve is gone. */
  #takesAlarms = true;

  /** Signals of devices that are not listed are refused. Cheap, to be asked for every message. */
  isShort = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Looks now and then, beside everything else; never where there is no limit. Resolves after the first look. */
  async start(): Promise<void> {
    if (this.#options.bytesMax === 0 && this.#options.reserveBytes === 0) return;
    await this.#look();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.start(), this.#options.everyMs);
  }

  /** Of a signal that is about to be written; one that is refused is counted. */
  admits(device: string, stream: string): boolean {
    if (!this.isShort || this.#options.isListed(device)) return true;
    if (stream === EMERGENCY && this.#takesAlarms) return true;
    this.#refused++;
    return false;
  }

  get budgets(): Budget[] {
    if (this.#fullest === undefined) return [];
    const name = { zh: '流水的存储空间', en: 'Room for the journal' };
    return [{ kind: 'journal', name, ...this.#fullest, refused: this.#refused }];
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { file, bytesMax, reserveBytes, bytesUsed, onError } = this.#options;
    try {
      const disk = await statfs(dirname(file));
      if (this.#stopped) return;
      const [total, free] = [disk.blocks * disk.bsize, disk.bavail * disk.bsize];
      const reserve = Math.min(reserveBytes, total * RESERVE_SHARE);
      const taken = (disk.blocks - disk.bfree) * disk.bsize;
      const own = bytesMax === 0 ? 0 : bytesUsed();
      const measures: Measure[] = [
        // As `df` counts: what only the system's administrator may use is not there.
        { used: taken, max: Math.max(1, taken + free - reserve), setting: 'limits.disk_free_mib' },
        ...(bytesMax === 0 ? [] : [{ used: own, max: bytesMax, setting: 'limits.journal_mib' }]),
      ];
      this.#fullest = measures.reduce((a, b) => (b.used / b.max > a.used / a.max ? b : a));
      const margin = this.isShort ? MARGIN : { free: 1, used: 1 };
      this.isShort =
        free < reserve * margin.free || (bytesMax !== 0 && own >= bytesMax * margin.used);
      this.#takesAlarms = free > reserve / 2;
      this.#failed = false;
    } catch (error) {
      // Once: a disk that does not say how full it is is written until it refuses.
      if (!this.#failed) onError(error);
      this.#failed = true;
      this.isShort = false;
    }
  }
}
