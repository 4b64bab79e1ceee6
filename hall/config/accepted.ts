// Devices that were found and accepted while the gateway ran: kept in the data folder in the hall file's own form, so
// that they can be moved into it.
import * as v from 'valibot';
import { isMap, LineCounter, parseDocument, stringify } from 'yaml';
import { freeze, indexHall, type Device, type HallConfig } from '../config.ts';
import { addIssue, formatProblem, Problems } from './problems.ts';
import { device } from './schema.ts';
import { CONTRACT_SOURCE } from './source-checks.ts';
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
):
  | { readonly ok: true; readonly accepted: AcceptedFile }
  | { readonly ok: false; readonly problems: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const problems = new Problems(document, lines);
  addYamlErrors(document.errors, yaml, problems);
  let accepted: AcceptedFile = { devices: [], ignored: [] };
  if (document.errors.length === 0 && document.contents !== null) {
    const raw = plainOf(document, problems);
    const parsed = v.safeParse(acceptedFile, raw, { abortPipeEarly: true });
    if (raw !== undefined) for (const issue of parsed.issues ?? []) addIssue(problems, issue);
    if (parsed.success) accepted = parsed.output;
  }
  const found = problems.list().map((problem) => formatProblem(file, problem));
  return found.length > 0 ? { ok: false, problems: found } : { ok: true, accepted };
}

/** undefined where it is none, which is then told: anchors and aliases are for files that people keep. */
function plainOf(document: ReturnType<typeof parseDocument>, problems: Problems): unknown {
  try {
    return isMap(document.contents) ? document.toJS({ maxAliasCount: 0 }) : [];
  } catch {
    problems.addAt(0, 'aliases (*name) should be written out');
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
  const { devices, zones, windows } = indexHall(config);
  const { zone, window, via, source, address } = joining;
  if (devices.has(joining.id)) return `id: "${joining.id}" is a device of the hall already`;
  const unknown = (key: string, word: string | undefined, known: Iterable<string>) => {
    const ids = [...known];
    if (word === undefined || ids.includes(word)) return undefined;
    const hint = nearest(word, ids) ?? (ids.slice(0, 6).join(', ') || 'there are none');
    return `${key}: is "${word}", should be the id of one of the ${key}s of the hall: ${hint}`;
  };
  const dangling =
    unknown('zone', zone, zones.keys()) ??
    unknown('window', window, windows.keys()) ??
    unknown('device', via, devices.keys()) ??
    unknown('device', joining.same_as, devices.keys()) ??
    unknown(
      'source',
      source,
      config.sources.map(({ name }) => name),
    );
  if (dangling !== undefined || source === undefined) return dangling;
  const same = config.devices.find(
    (other) => other.source === source && (other.address ?? other.id) === (address ?? joining.id),
  );
  return (
    same && `address: "${address ?? joining.id}" of ${source} is the device "${same.id}" already`
  );
}

/** The hall with these devices, those that cannot join left out with the reason. */
export function withDevices(
  config: HallConfig,
  joining: readonly Device[],
): { readonly config: HallConfig; readonly left: readonly { device: Device; why: string }[] } {
  const left: { device: Device; why: string }[] = [];
  let hall = config;
  for (const each of joining) {
    const why = conflictOf(each, hall);
    if (why !== undefined) left.push({ device: each, why });
    else hall = { ...hall, devices: [...hall.devices, each] };
  }
  return { config: hall === config ? config : freeze(hall), left };
}
