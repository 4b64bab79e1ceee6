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
import { languageOf, localized } from './start/language.mjs';

const EXIT_NOTHING = 1;
const EXIT_USAGE = 2;

const USAGE_EN = `npm run -s map -- --hall FILE --topic TOPIC --payload FILE
  --hall FILE      the hall file
  --topic TOPIC    the message's topic
  --payload FILE   its payload; - reads standard input
  --log FILE       instead of the two: messages as "mosquitto_sub -v" prints them, one a line; - as above
  --at TIME        when it arrives: RFC 3339 or ms since 1970; now where missing
  --retain         as a message that the broker had kept
  --accepted FILE  devices that were accepted: accepted-devices.yaml of the data folder
Signals go to standard output as JSON, one a line; explanations go to standard error.
The exit code is 1 when no signal results or something is refused, 2 when the command itself is wrong.`;
const USAGE_ZH = `npm run -s map -- --hall FILE --topic TOPIC --payload FILE
  --hall FILE      大厅文件
  --topic TOPIC    消息的主题
  --payload FILE   消息的报文；- 表示标准输入
  --log FILE       代替以上两项："mosquitto_sub -v" 输出的消息，每行一条；- 同上
  --at TIME        消息的到达时间：RFC 3339 或自 1970 年起的毫秒数；不填为现在
  --retain         当作消息服务器的保留消息
  --accepted FILE  已接受的设备：数据目录中的 accepted-devices.yaml
信号以 JSON 写到标准输出，每行一条；说明写到标准错误。
没有产生信号或有内容被拒收时退出码为 1，命令本身有误时为 2。`;

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
    say(localized(USAGE_ZH, USAGE_EN));
    Deno.exit(help ? 0 : EXIT_USAGE);
  }
  const messages = single
    ? [{ topic, payload: readBytes('--payload', payload) }]
    : readLog(new TextDecoder().decode(readBytes('--log', log ?? '-')));
  return { config: readHall(hall, accepted), messages, at: readAt(at), retain };
}

function readHall(file: string, acceptedFile: string | undefined): HallConfig {
  const language = languageOf();
  const parsed = parseHall(given('--hall', file, readTextFile), file, SOURCES, language);
  if (!parsed.ok) {
    const lines = parsed.problems.map((problem) => formatProblem(file, problem, language));
    throw new Error(lines.join('\n'));
  }
  if (acceptedFile === undefined) return parsed.config;
  const text = given('--accepted', acceptedFile, readTextFile);
  const accepted = parseAccepted(text, acceptedFile, language);
  if (!accepted.ok) throw new Error(accepted.problems.join('\n'));
  return withDevices(parsed.config, accepted.accepted.devices).config;
}

/** What a flag's file holds. Throws with the flag's name. */
function given<T>(flag: string, file: string, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (error) {
    const why = messageOf(error);
    const text = localized(
      `${flag}：无法读取 ${file}：${why}`,
      `${flag}: cannot read ${file}: ${why}`,
    );
    throw new Error(text, { cause: error });
  }
}

function readAt(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const at = /^\d{1,15}$/.test(text) ? Number(text) : parseInstant(text);
  if (at !== undefined) return at;
  throw new Error(
    localized(
      `--at：填的是 "${text}"，应为 RFC 3339 时间或自 1970 年起的毫秒数`,
      `--at: is "${text}", should be RFC 3339 or ms since 1970`,
    ),
  );
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
      publish: ({ topic }) =>
        say(localized(`  网关会发布到 ${topic}`, `  the gateway would publish on ${topic}`)),
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
    const kind = contract
      ? localized('：直接按本协议上报', ': speaks the contract itself')
      : localized('：不是任何来源的主题', ': is no topic of a source');
    say(`${topic}${foreign ? '' : kind}`);
    for (const trace of traces) explain(trace, config, listed);
    if (foreign && traces.length === 0 && rejected.length === 0)
      say(localized('  没有说到任何设备', '  tells of no device'));
    for (const { reason, detail } of rejected) {
      say(localized(`  死信 ${reason}：${detail.zh}`, `  dead letter ${reason}: ${detail.en}`));
    }
    if (!foreign && !contract) {
      const filters = sources.filters.join(' ');
      say(
        localized(
          `  来源读取的主题：${filters || '无，因为没有来源'}`,
          `  sources read: ${filters || 'nothing, as there are none'}`,
        ),
      );
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
    : localized(
        '，它不属于本大厅：会列为已发现的设备，以下是接受之后的结果',
        ', which is not in the hall: it would be listed as discovered, and this is the result once it is accepted',
      );
  say(
    localized(
      `  ${source}：来自 "${told.address}"，设备 ${device}${unknown}`,
      `  ${source}: from "${told.address}", device ${device}${unknown}`,
    ),
  );
  for (const result of results) say(`    ${outcomeOf(result, rules[result.rule])}`);
  if (rules.length > 0 && told.item === undefined)
    say(localized('    没有测量值：不套用任何规则', '    nothing was measured: no rule is asked'));
  if (state) {
    const derived = stateOf(state.signal);
    say(localized(`    推断的设备状态：${derived}`, `    device status derived: ${derived}`));
  }
}

function outcomeOf(result: RuleResult, rule: Rule | undefined): string {
  const type = typeof rule?.type === 'string' ? ` ${rule.type}` : '';
  const name = `signals[${result.rule}] ${rule?.stream ?? ''}${type}`;
  if ('signal' in result) {
    const time = result.ownTime
      ? ''
      : localized(
          '（自身不带时间：以到达时间为准）',
          ' (without a time of its own: when it arrives)',
        );
    const made = type === '' ? ` ${result.signal.signal.type}` : '';
    return localized(`${name}${made}：产生信号${time}`, `${name}${made}: a signal${time}`);
  }
  return 'ignored' in result
    ? localized(`${name}：不适用：${result.ignored}`, `${name}: not this one: ${result.ignored}`)
    : localized(
        `${name}：拒收，${result.reason}：${result.detail.zh}`,
        `${name}: refused, ${result.reason}: ${result.detail.en}`,
      );
}

function stateOf(signal: object): string {
  return 'state' in signal ? String(signal.state) : '';
}

function say(line: string): void {
  console.error(line);
}
