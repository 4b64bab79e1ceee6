// What the sources need of the hall as it is now: made anew when a device joins or leaves.
import type { HallConfig } from '../../hall/config.ts';
import { createDecoder, type Decode } from '../../hall/decode.ts';
import { createJudge, type Judge, type Knowledge } from '../../hall/judge.ts';
import { createMapping, type MapTold } from '../../vendors/mapping.ts';
import { sourcesOf, type Source } from '../../vendors/sources.ts';
import { keyOf } from './discovered.ts';

export interface Built {
  readonly config: HallConfig;
  readonly contract: Decode;
  readonly judge: Judge;
  readonly maps: ReadonlyMap<Source, MapTold>;
  /** source and address → id of the hall's device */
  readonly devices: ReadonlyMap<string, string>;
  /** ids of devices that name no source: a declared source may speak for them */
  readonly free: ReadonlySet<string>;
}

export function build(config: HallConfig, knowledge: Knowledge): Built {
  const judge = createJudge(config, knowledge);
  const devices = new Map<string, string>();
  const free = new Set<string>();
  for (const { id, source, address } of config.devices) {
    if (source === undefined) free.add(id);
    else devices.set(keyOf(source, address ?? id), id);
  }
  const maps = new Map(
    sourcesOf(config).map((source) => [source, createMapping(source, config, judge)]),
  );
  return { config, contract: createDecoder(config, knowledge), judge, maps, devices, free };
}

/** The id of the hall's device that a source speaks of, or undefined where it is not one of the hall. */
export function deviceOf(
  { devices, free }: Built,
  source: Source,
  address: string,
): string | undefined {
  const known = devices.get(keyOf(source.name, address));
  if (known !== undefined) return known;
  return 'topic' in source && free.has(address) ? address : undefined;
}
