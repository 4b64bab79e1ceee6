// `npm run map`: what the hall file's sources would make of a message, and why not. Signals go to standard output, one
// JSON object a line; everything that explains them to standard error.
import { parseArgs } from 'node:util';
import { formatProblem, parseHall, type HallConfig } from '../hall/config.ts';
import { CONTRACT_SOURCE, parseAccepted, withDevices } from '../hall/config/accepted.ts';
import { parseInstant } from '../hall/signal.ts';
import type { RuleResult } from '../vendors/mapping.ts';
import { SOURCES, sourcesOf, type Rule } from '../vendors/sources.ts';
import { readBytesOf, readTextFile } from './config/text.ts';
import { messageOf } from './log.ts';
import { createSources, type Sources, type Trace } from './sources.ts';

const EXIT_NOTHING = 1;
const EXIT_USAGE = 2;

const USAGE = `npm run -s map -- --hall FILE --topic TOPIC --payload FILE
  --hall FILE      the hall file
  --topic TOPIC    the message's topic
  --payload FILE   its payload; - reads standard input
  --log FILE       instead of the two: messages as "mosquitto_sub -v" prints them, one a line; - as above
  --at TIME        when it arrives: RFC 3339 or ms since 1970; now where missing
  --retain         as a message that the broker had kept
  --accepted FILE  devices that were accepted: accepted-devices.yaml of the data folder
Signals go to standard output as JSON, one a line; explanations go to standard error.
The exit code is 1 when no signal results or something is refused, 2 when the command itself is wrong.`;

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}

interface Plan {
  readonly config: HallConfig;
  readonly messages: readonly Message[];
  readonly at: number;
  readonly retain: boolean;
}

try {
  Deno.exit(run(readPlan(Deno.args)));
} catch (error) {
  say(`hallcast: ${messageOf(error)}`);
  Deno.exit(EXIT_USAGE);
}

function readPlan(words: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...words],
    options: {
      hall: { type: 'string' },
      topic: { type: 'string' },
      payload: { type: 'string' },
      log: { type: 'string' },
      at: { type: 'string' },
      accepted: { type: 'string' },
      retain: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { hall, topic, payload, log, at, accepted, retain, help } = values;
  const single = topic !== undefined && payload !== undefined;
  if (help || hall === undefined || single === (log !== undefined)) {
    say(USAGE);
    Deno.exit(help ? 0 : EXIT_USAGE);
  }
  const messages = single
    ? [{ topic, payload: readBytes('--payload', payload) }]
    : readLog(new TextDecoder().decode(readBytes('--log', log ?? '-')));
  return { config: readHall(hall, accepted), messages, at: readAt(at), retain };
}

function readHall(file: string, acceptedFile: string | undefined): HallConfig {
  const parsed = parseHall(given('--hall', file, readTextFile), file, SOURCES);
  if (!parsed.ok) {
    throw new Error(parsed.problems.map((problem) => formatProblem(file, problem)).join('\n'));
  }
  if (acceptedFile === undefined) return parsed.config;
  const accepted = parseAccepted(given('--accepted', acceptedFile, readTextFile), acceptedFile);
  if (!accepted.ok) throw new Error(accepted.problems.join('\n'));
  return withDevices(parsed.config, accepted.accepted.devices).config;
}

/** What a flag's file holds. Throws with the flag's name. */
function given<T>(flag: string, file: string, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (error) {
    throw new Error(`${flag}: cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function readAt(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const at = /^\d{1,15}$/.test(text) ? Number(text) : parseInstant(text);
  if (at !== undefined) return at;
  throw new Error(`--at: is "${text}", should be RFC 3339 or ms since 1970`);
}

function readLog(text: string): Message[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, topic, payload = ''] = /^(\S+)[ \t]?(.*)$/.exec(line) ?? [];
    return topic === undefined ? [] : [{ topic, payload: new TextEncoder().encode(payload) }];
  });
}

function readBytes(flag: string, file: string): Uint8Array {
  if (file !== '-') return given(flag, file, readBytesOf);
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(65_536);
    const length = Deno.stdin.readSync(part);
    if (length === null) return Buffer.concat(parts);
    parts.push(part.subarray(0, length));
  }
}

/** Goes through the messages as the gateway would; the exit code. */
function run({ config, messages, at, retain }: Plan): number {
  let traces: Trace[] = [];
  const open = (hall: HallConfig): Sources =>
    createSources({
      config: () => hall,
      hall: () => undefined,
      isIgnored: () => false,
      publish: ({ topic }) => say(`  the gateway would publish on ${topic}`),
      onTrace: (trace) => void traces.push(trace),
    });
  const hall = withFound(config, found(open(config), { config, messages, at, retain }));
  const listed = new Set(config.devices.map(({ id }) => id));
  const sources = open(hall);
  let signals = 0;
  let refused = 0;
  for (const { topic, payload } of messages) {
    traces = [];
    const { accepted, rejected, foreign = false } = sources.decode(topic, payload, at, retain);
    const contract = topic.startsWith('hall/');
    const kind = contract ? ': speaks the contract itself' : ': is no topic of a source';
    say(`${topic}${foreign ? '' : kind}`);
    for (const trace of traces) explain(trace, config, listed);
    if (foreign && traces.length === 0 && rejected.length === 0) say('  tells of no device');
    for (const { reason, detail } of rejected) say(`  dead letter ${reason}: ${detail}`);
    if (!foreign && !contract) {
      say(`  sources read: ${sources.filters.join(' ') || 'nothing, as there are none'}`);
    }
    for (const { device, stream, at, signal } of accepted) {
      console.log(JSON.stringify({ device, stream, at, signal }));
      if (listed.has(device) || (config.intake === 'open' && !foreign)) signals++;
    }
    refused += rejected.length;
  }
  return signals > 0 && refused === 0 ? 0 : EXIT_NOTHING;
}

/** The devices that the messages are from and that the hall does not have. */
function found(sources: Sources, { messages, at, retain }: Plan) {
  for (const { topic, payload } of messages) sources.decode(topic, payload, at, retain);
  return sources.discovered();
}

/** The hall as if they had been accepted, so that what their messages would become can be shown. */
function withFound(config: HallConfig, discovered: ReturnType<Sources['discovered']>): HallConfig {
  const joining = discovered.map(({ suggestedId: id, source, address, kind = 'other' }) => {
    return { id, kind, ...(source !== CONTRACT_SOURCE && { source, address }) };
  });
  return withDevices(config, joining as unknown as HallConfig['devices']).config;
}

function explain(trace: Trace, config: HallConfig, listed: ReadonlySet<string>): void {
  const { source, told, device = '', results, state } = trace;
  const rules = sourcesOf(config).find(({ name }) => name === source)?.signals ?? [];
  const unknown = listed.has(device)
    ? ''
    : ', which is not in the hall: it would be listed as discovered, and this is the result once it is accepted';
  say(`  ${source}: from "${told.address}", device ${device}${unknown}`);
  for (const result of results) say(`    ${outcomeOf(result, rules[result.rule])}`);
  if (rules.length > 0 && told.item === undefined)
    say('    nothing was measured: no rule is asked');
  if (state) say(`    device status derived: ${stateOf(state.signal)}`);
}

function outcomeOf(result: RuleResult, rule: Rule | undefined): string {
  const type = typeof rule?.type === 'string' ? ` ${rule.type}` : '';
  const name = `signals[${result.rule}] ${rule?.stream ?? ''}${type}`;
  if ('signal' in result) {
    const time = result.ownTime ? '' : ' (without a time of its own: when it arrives)';
    const made = type === '' ? ` ${result.signal.signal.type}` : '';
    return `${name}${made}: a signal${time}`;
  }
  return 'ignored' in result
    ? `${name}: not this one: ${result.ignored}`
    : `${name}: refused, ${result.reason}: ${result.detail}`;
}

function stateOf(signal: object): string {
  return 'state' in signal ? String(signal.state) : '';
}

function say(line: string): void {
  console.error(line);
}
