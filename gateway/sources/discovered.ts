// Devices that were heard and do not belong to the hall yet: a bounded list that lives in memory.
import type { Discovered } from '../../hall/discovered.ts';
import type { DeviceFace } from '../../vendors/reader.ts';

export interface Sighting {
  readonly source: string;
  readonly address: string;
  readonly face?: DeviceFace | undefined;
  readonly available?: boolean | undefined;
  /** ms since 1970 */
  readonly receivedAt: number;
  /** what the message said, as text; asked for only now and then */
  readonly sample: () => string;
}

export interface DiscoveredStats {
  readonly listed: number;
  /** messages of devices that found no place in the list */
  readonly dropped: number;
}

type Entry = { -readonly [K in keyof Discovered]: Discovered[K] } & {
  sampledAt: number;
  /** of its suggested id; undefined until asked for, and after its face has changed */
  stem: string | undefined;
};

const SAMPLE_LENGTH = 300;
const SAMPLE_MS = 1_000;
/** Who was not heard for so long makes room for another. */
const FORGET_MS = 86_400_000;

export class DiscoveredList {
  readonly #entries = new Map<string, Entry>();
  readonly #max: number;
  #dropped = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get stats(): DiscoveredStats {
    return { listed: this.#entries.size, dropped: this.#dropped };
  }

  see(sighting: Sighting): void {
    const { source, address, face, available, receivedAt } = sighting;
    const key = keyOf(source, address);
    const known = this.#entries.get(key);
    if (!known && this.#entries.size >= this.#max && !this.#makeRoom(receivedAt)) {
      this.#dropped++;
      return;
    }
    const entry: Entry = known ?? {
      ...{ source, address, suggestedId: '', messages: 0, sampledAt: -Infinity, stem: undefined },
      ...{ firstSeen: receivedAt, lastSeen: receivedAt },
    };
    if (face?.name !== entry.name || face?.model !== entry.model) entry.stem = undefined;
    Object.assign(entry, face, available !== undefined && { available });
    entry.messages++;
    entry.lastSeen = Math.max(entry.lastSeen, receivedAt);
    if (receivedAt - entry.sampledAt >= SAMPLE_MS) {
      const text = sighting.sample();
      // A message that says nothing to show does not keep the next one from being shown.
      if (text !== '') Object.assign(entry, { sample: shorten(text), sampledAt: receivedAt });
    }
    this.#entries.set(key, entry);
  }

  get(source: string, address: string): Discovered | undefined {
    return this.#entries.get(keyOf(source, address));
  }

  forget(source: string, address: string): void {
    this.#entries.delete(keyOf(source, address));
  }

  /** Those heard last first. @param isTaken whether an id belongs to another device */
  list(isTaken: (id: string) => boolean): Discovered[] {
    const given = new Set<string>();
    const numbers = new Map<string, number>();
    const isGone = (id: string) => given.has(id) || isTaken(id);
    const entries = [...this.#entries.values()].sort((a, b) => a.firstSeen - b.firstSeen);
    const listed = entries.map((each): Discovered => {
      each.stem ??= stemOf(each);
      const { sampledAt: _own, stem, ...entry } = each;
      const suggestedId = freeId(entry, stem, isGone, numbers);
      given.add(suggestedId);
      return { ...entry, suggestedId };
    });
    return listed.sort((a, b) => b.lastSeen - a.lastSeen || compare(a.address, b.address));
  }

  #makeRoom(now: number): boolean {
    for (const [key, { lastSeen }] of this.#entries) {
      if (now - lastSeen < FORGET_MS) continue;
      this.#entries.delete(key);
      return true;
    }
    return false;
  }
}

export function keyOf(source: string, address: string): string {
  return `${source}\n${address}`;
}

/** An id of the hall file's form, of the name where it has Latin letters, else of the address. */
function stemOf({ source, address, name, model }: Entry): string {
  return [name, address, model, source].map((text) => idOf(text ?? '')).find(Boolean) ?? 'device';
}

/** @param numbers the next number of each stem that may be free: thousands of one name cost as much as of different ones */
function freeId(
  { source, address }: Discovered,
  stem: string,
  isTaken: (id: string) => boolean,
  numbers: Map<string, number>,
): string {
  // One that speaks the contract has its id already.
  if (source === 'mqtt') return address;
  if (!isTaken(stem) && stem !== 'constructor') return stem;
  const short = stem.slice(0, 57);
  for (let number = numbers.get(short) ?? 2; ; number++) {
    const id = `${short}-${number}`;
    if (isTaken(id)) continue;
    numbers.set(short, number + 1);
    return id;
  }
}

function idOf(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return plain.slice(0, 63).replace(/^-|-$/g, '');
}

function shorten(text: string): string {
  return text.length > SAMPLE_LENGTH ? `${text.slice(0, SAMPLE_LENGTH)}…` : text;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
