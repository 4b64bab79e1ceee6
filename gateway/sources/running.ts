// A source of the hall file at work: its reader, ready-made or declared, behind one face.
import type { HallConfig } from '../../hall/config.ts';
import type { Source } from '../../vendors/sources.ts';
import { createDeclared, type Told, type ToldAll } from '../../vendors/mapping.ts';
import type { Outgoing, SourceMessage } from '../../vendors/reader.ts';
import { READERS } from '../../vendors/reader/index.ts';

/** One source of the hall file at work. */
export interface Running {
  readonly source: Source;
  readonly filters: readonly string[];
  /** the same by their levels */
  readonly levels: readonly (readonly string[])[];
  readonly read: (
    message: SourceMessage,
  ) => (ToldAll & { publish?: readonly Outgoing[] }) | undefined;
  readonly counts: { messages: number; ignored: number; refused: number; signals: number };
}

/** Makes the source's reader, with what it may know of the hall. */
export function startSource(source: Source, config: HallConfig): Running {
  const { devices } = config;
  const counts = { messages: 0, ignored: 0, refused: 0, signals: 0 };
  if ('topic' in source) {
    const { filters, read } = createDeclared(source);
    return { source, filters, levels: filters.map(levelsOf), read, counts };
  }
  const { use, name: _name, state_every_s: _every, signals: _signals, ...given } = source;
  const own = devices.filter((device) => device.source === source.name);
  const addresses = own.map(({ id, address }) => address ?? id);
  const reader = READERS[use]?.create(given, addresses, listBytesMaxOf(config));
  if (!reader) throw new Error(`sources: "${use}" is no ready-made source`);
  return {
    source,
    filters: reader.filters,
    levels: reader.filters.map(levelsOf),
    counts,
    read(message) {
      const read = reader.read(message);
      if (!read) return undefined;
      const told = read.readings.map(({ properties, ...reading }): Told => {
        return { ...reading, item: properties, message: properties, names: new Map() };
      });
      return {
        told,
        refused: read.refused ?? [],
        publish: read.publish ?? [],
        keep: read.keep === true,
      };
    },
  };
}

/** Up to how many bytes the list of a whole network is read. */
export function listBytesMaxOf({ limits }: HallConfig): number {
  return limits.source_list_mib * 1024 * 1024;
}

function levelsOf(filter: string): readonly string[] {
  return filter.split('/');
}
