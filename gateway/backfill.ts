// `npm run backfill`: fills a history from the journal, and an InfluxDB with the facts as well, telling how far it is. What it
// writes is there once, however often it runs, and while the gateway runs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { dayBounds } from '../hall/zone-time.ts';
import { readConfig, type GatewayConfig } from './config.ts';
import { readTextFile } from './config/text.ts';
import { startBackfill, type BackfillProgress } from './history/backfill.ts';
import { startFactsBackfill, type FactsBackfilled } from './history/backfill-facts.ts';
import type { FeedSettings } from './history/feed.ts';
import type { History } from './history.ts';
import { openFacts, openHistory } from './history/open.ts';
import { historySettings, type InfluxStore } from './history/settings.ts';
import { JOURNAL_FORMAT } from './journal/database.ts';
import { Reader } from './journal/reader.ts';
import { messageOf } from './log.ts';
import { localized } from './start/language.mjs';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_STOPPED = 130;
const USAGE_EN = `npm run -s backfill -- --hall FILE --data DIR [--influx URL] [--from YYYY-MM-DD]
  --hall FILE        the hall file
  --data DIR         the gateway's data folder, with the journal
  --influx URL       the InfluxDB to fill (token and database: HALLCAST_INFLUX_TOKEN, HALLCAST_INFLUX_DATABASE);
                     without it the embedded history
  --from YYYY-MM-DD  only what was received from that day on, in the hall's time zone
An InfluxDB also gets visits and sums of hours, as far as the gateway has made them.
An interrupted run goes on where it was. It may run while the gateway does.`;
const USAGE_ZH = `npm run -s backfill -- --hall FILE --data DIR [--influx URL] [--from YYYY-MM-DD]
  --hall FILE        大厅文件
  --data DIR         网关的数据目录，流水在其中
  --influx URL       要补写的 InfluxDB（令牌和数据库：HALLCAST_INFLUX_TOKEN、HALLCAST_INFLUX_DATABASE）；
                     不填则补写内置历史库
  --from YYYY-MM-DD  只补写这一天（按大厅时区）起收到的内容
InfluxDB 还会得到网关已经算出的办理记录与小时汇总。
中断后再次运行会接着做。网关运行时也可以运行。`;

const BATCH = 5_000;
/** Beside a running gateway a third of the time is left to it. */
const REST = 0.5;
const TELL_MS = { terminal: 250, elsewhere: 5_000 };

const FLAGS = ['--hall', '--data', '--influx', '--from'];

await main(Deno.args);

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help')) {
    console.log(localized(USAGE_ZH, USAGE_EN));
    return;
  }
  const { config, from } = readPlan(words);
  try {
    Deno.exit(await run(config, from));
  } catch (error) {
    console.error(`hallcast: ${localized('补写：', 'backfill: ')}${messageOf(error)}`);
    Deno.exit(EXIT_FAILED);
  }
}

function readPlan(words: readonly string[]) {
  const problems: string[] = [];
  const rest: string[] = [];
  let date: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const [name = ''] = word.split('=', 1);
    if (name !== '--from') {
      if (name.startsWith('--') && !FLAGS.includes(name)) {
        problems.push(
          localized(
            `${name}：没有这个参数，应为 ${FLAGS.join('、')} 之一`,
            `${name}: is an unknown flag, should be one of ${FLAGS.join(', ')}`,
          ),
        );
      }
      rest.push(word);
    } else if (word.includes('=')) date = word.slice(name.length + 1);
    else date = words[++index] ?? '';
  }
  const env = (name: string) => Deno.env.get(name);
  for (const name of ['hall', 'data']) {
    const flag = rest.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
    if (!flag && !env(`HALLCAST_${name.toUpperCase()}`)) {
      problems.push(localized(`--${name}：缺少，应填写`, `--${name}: is missing, should be given`));
    }
  }
  if (date !== undefined && !isDate(date)) {
    problems.push(
      localized(
        `--from：填的是 "${date}"，应为日期，例如 2026-01-31`,
        `--from: is "${date}", should be a date such as 2026-01-31`,
      ),
    );
  }
  if (problems.length > 0) refuse([...problems, localized(USAGE_ZH, USAGE_EN)]);
  const read = readConfig({ flags: rest, env, readText: readTextFile });
  if (!read.ok) return refuse(read.problems);
  const { timezone } = read.config.hall.hall;
  return {
    config: read.config,
    from: date === undefined ? undefined : dayBounds(timezone, date)[0],
  };
}

function refuse(problems: readonly string[]): never {
  for (const problem of problems) console.error(problem.replace(/^(?=--)/, 'hallcast: '));
  Deno.exit(EXIT_USAGE);
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(time || 0).toISOString().startsWith(text);
}

interface Stop {
  /** what a signal stops now */
  now(): void;
  readonly asked: boolean;
}

async function run(config: GatewayConfig, from: number | undefined): Promise<number> {
  const { store, feed, source } = historySettings(config);
  const plan: Plan = {
    ...{ config, from, source },
    feed: { ...feed, batch: Math.max(feed.batch, BATCH), rest: { normal: REST, busy: REST } },
    stop: stopOnSignals(),
  };
  await fillPoints(plan, openHistory(store, config.hall.hall.id));
  if (store.kind === 'influx' && !plan.stop.asked) await fillFacts(plan, store);
  return plan.stop.asked ? EXIT_STOPPED : 0;
}

interface Plan {
  readonly config: GatewayConfig;
  readonly from: number | undefined;
  readonly source: string;
  readonly feed: FeedSettings;
  readonly stop: Stop;
}

/** The first signal stops where it is, the second at once. */
function stopOnSignals(): Stop {
  const stop = { now: () => {}, asked: false };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    Deno.addSignalListener(signal, () => {
      if (stop.asked) Deno.exit(EXIT_STOPPED);
      stop.asked = true;
      stop.now();
    });
  }
  return stop;
}

async function fillPoints({ config, from, source, feed, stop }: Plan, history: History) {
  const { data } = config;
  const hall = config.hall.hall.id;
  const journal = openJournalToRead(join(data, 'journal.sqlite'), hall);
  const tell = teller();
  const began = performance.now();
  const backfill = startBackfill({
    ...{ history, journal, hall, source, feed },
    ...(from !== undefined && { from }),
    placeFile: join(data, 'backfill.json'),
    onProgress: (progress) => tell.progress(progressLine(progress, performance.now() - began)),
    onTrouble: tell.trouble,
    onRefused: tell.trouble,
  });
  stop.now = () => backfill.stop();
  const last = await backfill.ended;
  await history.close();
  journal.close();
  tell.end(endLine(last, performance.now() - began, stop.asked));
}

async function fillFacts({ config, from, feed, stop }: Plan, store: InfluxStore): Promise<void> {
  const { factsFile: file } = store;
  if (!existsSync(file)) {
    const zh = `${file} 还不存在：网关启动后会自行写入办理记录与小时汇总`;
    const en = `there is no ${file} yet: the gateway writes visits and sums of hours after its start`;
    console.log(localized(`补写：${zh}`, `backfill: ${en}`));
    return;
  }
  const history = openFacts(store, config.hall.hall.id);
  const tell = teller();
  const backfill = startFactsBackfill({
    ...{ history, file, hall: config.hall.hall.id },
    ...(from !== undefined && { from }),
    feed,
    onProgress: (progress) => tell.progress(factsLine(progress, localized('进行中', 'so far'))),
    onTrouble: tell.trouble,
    onRefused: tell.trouble,
  });
  stop.now = () => backfill.stop();
  const last = await backfill.ended;
  await history.close();
  const how = stop.asked ? localized('已停止', 'stopped') : localized('完成', 'done');
  tell.end(factsLine(last, how));
}

/** Throws where there is none, or one of another hall. */
function openJournalToRead(file: string, hall: string) {
  if (!existsSync(file)) {
    throw new Error(
      localized(
        `${file}：不存在，应为网关的流水`,
        `${file}: is not there, should be the gateway's journal`,
      ),
    );
  }
  const database = new DatabaseSync(file, { readOnly: true });
  const meta = (name: string) =>
    database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
  const [found, format] = [meta('hall'), meta('format')];
  if (format !== String(JOURNAL_FORMAT)) {
    database.close();
    throw new Error(
      localized(
        `${file}：格式是 ${String(format)}，应为 ${JOURNAL_FORMAT}：请先启动一次网关，旧格式会自动转换`,
        `${file}: has format ${String(format)}, should be ${JOURNAL_FORMAT}: start the gateway once, which converts an older one`,
      ),
    );
  }
  const firstSeq = Number(meta('pruned_through') ?? 0) + 1;
  const row = database.prepare('SELECT max(seq) AS seq FROM entry').get();
  database.close();
  if (found !== hall) {
    throw new Error(
      localized(
        `${file}：属于大厅 "${String(found)}"，应为 "${hall}"`,
        `${file}: is of hall "${String(found)}", should be of "${hall}"`,
      ),
    );
  }
  const reader = new Reader(file);
  return {
    read: (afterSeq: number, limit: number) => reader.read(afterSeq, limit),
    firstSeq,
    lastSeq: Math.max(firstSeq - 1, Number(row?.['seq'] ?? 0)),
    close: () => reader.close(),
  };
}

/** Writes one line over and over on a terminal, elsewhere now and then a line. */
function teller() {
  const terminal = Deno.stdout.isTerminal();
  const every = terminal ? TELL_MS.terminal : TELL_MS.elsewhere;
  let toldAt = -Infinity;
  let lastTrouble = '';
  const write = (line: string, last: boolean): void => {
    if (terminal) {
      const text = `\r\u001b[K${line}${last ? '\n' : ''}`;
      Deno.stdout.writeSync(new TextEncoder().encode(text));
    } else console.log(line);
  };
  return {
    progress(line: string): void {
      const now = performance.now();
      if (now - toldAt < every) return;
      toldAt = now;
      write(line, false);
    },
    trouble(error: unknown): void {
      const text = messageOf(error);
      if (text === lastTrouble) return;
      lastTrouble = text;
      write(`${localized('补写：', 'backfill: ')}${text}`, true);
    },
    end: (line: string): void => write(line, true),
  };
}

function factsLine({ written, refused }: FactsBackfilled, how: string): string {
  return localized(
    `补写：办理记录与小时汇总${how}：写入 ${number(written)} 条，拒绝 ${number(refused)} 条`,
    `backfill: visits and sums of hours ${how}: ${number(written)} written, ${number(refused)} refused`,
  );
}

function progressLine({ signals, done, doneBefore }: BackfillProgress, ms: number): string {
  const share = signals === 0 ? 100 : Math.floor((100 * done) / signals);
  const rate = ((done - doneBefore) / Math.max(1, ms)) * 1000;
  const time = duration(((signals - done) / rate) * 1000);
  const left = rate > 0 ? localized(`，还需 ${time}`, `, ${time} left`) : '';
  return localized(
    `补写：${number(done)} / ${number(signals)} 条信号（${share}%），每秒 ${number(rate)} 条${left}`,
    `backfill: ${number(done)} of ${number(signals)} signals (${share} %), ${number(rate)}/s${left}`,
  );
}

function endLine(progress: BackfillProgress, ms: number, stopped: boolean): string {
  const { signals, done, doneBefore, written, refused } = progress;
  if (stopped) {
    return localized(
      `补写：已停在 ${number(done)} / ${number(signals)} 条信号；再次运行会接着做`,
      `backfill: stopped at ${number(done)} of ${number(signals)} signals; run it again to go on`,
    );
  }
  const earlier = number(doneBefore);
  const before =
    doneBefore > 0
      ? localized(
          `（其中 ${earlier} 条在先前运行时完成）`,
          `, ${earlier} of them by an earlier run`,
        )
      : '';
  const rate = number(((done - doneBefore) / Math.max(1, ms)) * 1000);
  return localized(
    `补写：完成：${number(done)} 条信号${before}；写入 ${number(written)} 个数据点，` +
      `拒绝 ${number(refused)} 个；用时 ${duration(ms)}，每秒 ${rate} 条`,
    `backfill: done: ${number(done)} signals${before}; ${number(written)} points written, ` +
      `${number(refused)} refused; ${duration(ms)}, ${rate}/s`,
  );
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return localized(`${seconds} 秒`, `${seconds} s`);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return localized(`${minutes} 分 ${seconds % 60} 秒`, `${minutes} min ${seconds % 60} s`);
  }
  const hours = Math.floor(minutes / 60);
  return localized(`${hours} 小时 ${minutes % 60} 分`, `${hours} h ${minutes % 60} min`);
}
