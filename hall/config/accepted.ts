// Devices that were found and accepted while the gateway ran: kept in the data folder in the hall file's own form, so
// that they can be moved into it.
import * as v from 'valibot';
import { isMap, LineCounter, parseDocument, stringify } from 'yaml';
import { freeze, indexHall, type Device, type HallConfig } from '../config.ts';
import type { Language } from '../language.ts';
import { addIssue, formatProblem, Problems } from './problems.ts';
import { device } from './schema.ts';
import { CONTRACT_SOURCE } from './source-names.ts';
import { exact, id, list, nearest, or, text } from './values.ts';
import { addYamlErrors } from './yaml-words.ts';

export { CONTRACT_SOURCE };

/** A device's name within its source; source `mqtt`, which speaks the contract itself: its device id. */
export interface SourceAddress {
  readonly source: string;
  readonly address: string;
}

export interface AcceptedFile {
  readonly devices: readonly Device[];
  /** not shown among what was discovered */
  readonly ignored: readonly SourceAddress[];
}

/** Whether a device, or the bare address of one, is at that address. One without a source speaks the contract, under its id. */
export function isAt(
  {
    id,
    source = CONTRACT_SOURCE,
    address = id,
  }: {
    readonly id?: string;
    readonly source?: string | undefined;
    readonly address?: string | undefined;
  },
  at: SourceAddress,
): boolean {
  return source === at.source && address === at.address;
}

const acceptedFile = exact({
  devices: or(list(device), []),
  ignored: or(list(exact({ source: id, address: text(200) })), []),
});

/**
 * Reads the file. Never throws.
 * @returns its contents, or every mistake as `file:line: path: message`
 */
export function parseAccepted(
  yaml: string,
  file: string,
  lang: Language = 'en',
):
  | { readonly ok: true; readonly accepted: AcceptedFile }
  | { readonly ok: false; readonly problems: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const problems = new Problems(document, lines, lang);
  addYamlErrors(document.errors, yaml, problems);
  let accepted: AcceptedFile = { devices: [], ignored: [] };
  if (document.errors.length === 0 && document.contents !== null) {
    const raw = plainOf(document, problems);
    const parsed = v.safeParse(acceptedFile, raw, { abortPipeEarly: true, lang });
    if (raw !== undefined) for (const issue of parsed.issues ?? []) addIssue(problems, issue);
    if (parsed.success) accepted = parsed.output;
  }
  const found = problems.list().map((problem) => formatProblem(file, problem, lang));
  return found.length > 0 ? { ok: false, problems: found } : { ok: true, accepted };
}

/** undefined where it is none, which is then told: anchors and aliases are for files that people keep. */
function plainOf(document: ReturnType<typeof parseDocument>, problems: Problems): unknown {
  try {
    return isMap(document.contents) ? document.toJS({ maxAliasCount: 0 }) : [];
  } catch {
    problems.addAt(0, {
      zh: '不能使用别名（*name），应写出完整内容',
      en: 'aliases (*name) should be written out',
    });
    return undefined;
  }
}

/** The file's text; what is undefined is left out. */
export function formatAccepted({ devices, ignored }: AcceptedFile): string {
  const head = [
    ' Devices that were accepted, and those that are to be ignored. The gateway writes this file; entries of devices can',
    ' be moved into the hall file as they are.',
  ];
  const body = stringify(
    { devices, ...(ignored.length > 0 && { ignored }) },
    { collectionStyle: 'block', keepUndefined: false, lineWidth: 0 },
  );
  return `${head.map((line) => `#${line}\n`).join('')}${body}`;
}

/** One device as a request or the file gives it, or what is wrong with its shape. */
export function parseDevice(
  given: unknown,
):
  | { readonly ok: true; readonly device: Device }
  | { readonly ok: false; readonly problem: string } {
  const parsed = v.safeParse(device, given, { abortPipeEarly: true });
  if (parsed.success) return { ok: true, device: freeze(parsed.output) };
  const problems = parsed.issues.map(({ path, message, input }) => {
    const key = String(path?.[0]?.key ?? 'device');
    return input === undefined
      ? `${key}: is missing, should be given`
      : `${key}: is ${JSON.stringify(input)}, should be ${message}`;
  });
  return { ok: false, problem: problems.join('; ') };
}

/** Why a device cannot join the hall as it is, or undefined where it can. */
export function conflictOf(joining: Device, config: HallConfig): string | undefined {
  return new Joiner(config).conflictOf(joining);
}

/** The hall with these devices, those that cannot join left out with the reason. */
export function withDevices(
  config: HallConfig,
  joining: readonly Device[],
): { readonly config: HallConfig; readonly left: readonly { device: Device; why: string }[] } {
  const left: { device: Device; why: string }[] = [];
  const joiner = new Joiner(config);
  const joined: Device[] = [];
  for (const each of joining) {
    const why = joiner.conflictOf(each);
    if (why !== undefined) left.push({ device: each, why });
    else {
      joiner.add(each);
      joined.push(each);
    }
  }
  if (joined.length === 0) return { config, left };
  return { config: freeze({ ...config, devices: [...config.devices, ...joined] }), left };
}

/** What devices that join must not contradict; each that joins is looked up, not the hall gone through again. */
class Joiner {
  readonly #config: HallConfig;
  readonly #devices: Set<string>;
  /** source and address → id */
  readonly #addresses = new Map<string, string>();
  #count = 0;

  constructor(config: HallConfig) {
    this.#config = config;
    this.#devices = new Set();
    for (const each of config.devices) this.add(each);
  }

  add(device: Device): void {
    this.#count++;
    this.#devices.add(device.id);
    const key = addressKey(device);
    if (key !== undefined && !this.#addresses.has(key)) this.#addresses.set(key, device.id);
  }

  conflictOf(joining: Device): string | undefined {
    const { zones, windows } = indexHall(this.#config);
    const { zone, window, via, source, address } = joining;
    const most = this.#config.limits.devices_max;
    if (this.#devices.has(joining.id)) {
      return `id: "${joining.id}" is a device of the hall already`;
    }
    if (this.#count >= most) {
      return `devices: the hall has ${this.#count}, should have at most ${most} (limits.devices_max)`;
    }
    const dangling =
      unknown('zone', zone, zones) ??
      unknown('window', window, windows) ??
      unknown('device', via, this.#devices) ??
      unknown('device', joining.same_as, this.#devices) ??
      unknown('source', source, new Set(this.#config.sources.map(({ name }) => name)));
    if (dangling !== undefined || source === undefined) return dangling;
    const same = this.#addresses.get(addressKey(joining) ?? '');
    return same === undefined
      ? undefined
      : `address: "${address ?? joining.id}" of ${source} is the device "${same}" already`;
  }
}

/** undefined for one that speaks the contract: its id is its address. */
function addressKey({ id, source, address }: Device): string | undefined {
  return source === undefined ? undefined : `${source}\n${address ?? id}`;
}

function unknown(
  key: string,
  word: string | undefined,
  known: { has(id: string): boolean; keys(): Iterable<string> },
): string | undefined {
  if (word === undefined || known.has(word)) return undefined;
  const ids = [...known.keys()];
  const hint = nearest(word, ids) ?? (ids.slice(0, 6).join(', ') || 'there are none');
  return `${key}: is "${word}", should be the id of one of the ${key}s of the hall: ${hint}`;
}
