// The hall file's `sources:` as far as the hall itself is concerned: each has a name of its own, and devices name one. The rest
// of a source is a vendor's dialect, which vendors/ knows and hall/ does not: SourceRules are handed to parseHall.
import * as v from 'valibot';
import { mistake, repeated, type Problems } from './problems.ts';
import { entries, isText, type Entry } from './raw.ts';
import { id, list, nearest } from './values.ts';

/** The source of devices that speak the contract themselves. */
export const CONTRACT_SOURCE = 'mqtt';

export interface NamedSource {
  readonly name: string;
}

/** The ids of a list of the hall file. */
export type Ids = (list: string) => readonly string[];

/** How the hall file's `sources:` are read. */
export interface SourceRules {
  readonly schema: v.GenericSchema<unknown, readonly NamedSource[]>;
  /** Reports what the schema cannot see. @param sources as YAML gave them */
  readonly check: (sources: readonly Entry[], ids: Ids, problems: Problems) => void;
}

/** For programs that read a hall file and no vendors' messages: a source is its name, the rest is neither read nor checked. */
export const NAMES_ONLY: SourceRules = {
  schema: list(
    v.pipe(
      v.object({ name: v.optional(id), use: v.optional(id) }),
      v.transform(({ name, use }) => name ?? use),
      id,
      v.transform((name): NamedSource => ({ name })),
    ),
  ),
  check: () => {},
};

/** Reports sources of one name, and devices whose source is none of them. */
export function checkSourceNames(file: Entry, problems: Problems): void {
  const sources = entries(file['sources']);
  const names = sources.map(({ name, use }) => name ?? use);
  names.forEach((name, index) => {
    if (name === CONTRACT_SOURCE) {
      const should = {
        zh: '其他名称：mqtt 留给直接按本协议上报的设备',
        en: 'another name, as devices of the contract itself have it',
      };
      problems.add(['sources', index, 'name'], mistake(name, should));
    }
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) return;
    const key = sources[index]?.['name'] === undefined ? 'use' : 'name';
    problems.add(['sources', index, key], repeated(name, `sources[${first}]`));
  });
  checkDevices(entries(file['devices']), names.filter(isText), problems);
}

/** A device of a source that there is, each address once. */
function checkDevices(
  devices: readonly Entry[],
  names: readonly string[],
  problems: Problems,
): void {
  const seen = new Map<string, number>();
  devices.forEach(({ source, address, id }, index) => {
    if (source === undefined) {
      if (address === undefined) return;
      problems.add(['devices', index, 'address'], {
        zh: '填写了地址，还应在 source 中写明来源',
        en: 'is given, so source should name its source too',
      });
      return;
    }
    if (!isText(source)) return;
    if (!names.includes(source)) {
      const hint = nearest(source, names) ?? names.join(', ');
      const should = {
        zh: `sources 中已有的来源名称：${hint || '目前没有'}`,
        en: `the name of one of the sources: ${hint || 'there are none'}`,
      };
      problems.add(['devices', index, 'source'], mistake(source, should));
    }
    const key = JSON.stringify([source, address ?? id]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else {
      problems.add(['devices', index, 'address'], repeated(address ?? id, `devices[${first}]`));
    }
  });
}
