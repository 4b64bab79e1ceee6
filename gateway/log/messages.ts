// What the log says at the levels warn and error: each kind of message has a code that stays the same in every language and
// version, and a text in both languages. SPEC §17.18.
import type { Both } from '../../hall/language.ts';
import { languageOf } from '../start/language.mjs';

/** By code; `{name}` stands for a parameter. */
export const MESSAGES = {
  'alarm.activated': {
    zh: '紧急告警：{device} 触发 {kind}',
    en: 'alarm: activated {kind} by {device}',
  },
  'alarm.more': {
    zh: '紧急告警：一分钟内另有 {count} 条，均已记入流水',
    en: 'alarm: {count} more in a minute, all of them in the journal',
  },
  'broker.dropped': {
    zh: '消息服务器 {broker} 丢弃了 {count} 条消息（不限于哪个客户端），自启动以来共 {total} 条：应让它多保留等待中的消息，例如 Mosquitto 设 max_queued_messages 0',
    en: 'the broker at {broker} dropped {count} messages (of any client), {total} since it started: it should keep more of what waits, such as Mosquitto with max_queued_messages 0',
  },
  'broker.ended': {
    zh: '与消息服务器 {broker} 的连接断开：{reason}',
    en: 'the connection to the broker at {broker} ended: {reason}',
  },
  'broker.ended-at-once': {
    zh: '消息服务器 {broker} 一连上就断开：{reason}',
    en: 'the broker at {broker} ends the connection at once: {reason}',
  },
  'broker.qos-0': {
    zh: '消息服务器 {broker} 对 {filters} 只给 QoS 0，应为 1：出故障时途中的消息会丢失',
    en: 'the broker at {broker} gives {filters} at QoS 0 only, should be 1: what is on its way when something fails is lost',
  },
  'broker.refused': {
    zh: '消息服务器 {broker} 拒绝连接：{reason}',
    en: 'the broker at {broker} refuses: {reason}',
  },
  'broker.subscription-refused': {
    zh: '消息服务器 {broker} 拒绝订阅 {filters}：请给本网关的用户授予读取权限',
    en: 'the broker at {broker} refuses {filters}: grant reading it to the user of this gateway',
  },
  'broker.unreachable': {
    zh: '无法连接消息服务器 {broker}：{reason}',
    en: 'the broker at {broker} cannot be reached: {reason}',
  },
  'content.other-hash': {
    zh: '内容 {hash}：实际哈希是 {found}，不一致',
    en: 'content {hash}: has another hash, {found}',
  },
  'content.unknown-type': {
    zh: '内容 {hash}：不是可保存的文件类型',
    en: 'content {hash}: is of no type that is stored',
  },
  'fault.begins': { zh: '出现故障：{title}', en: 'fault begins: {title}' },
  'hall-file.last-unreadable': {
    zh: '{file}：无法读取，不知道大厅文件删去了哪些内容',
    en: '{file}: cannot be read, what the hall file has lost is not known',
  },
  'hall-file.removed': {
    zh: '大厅文件：与上次启动相比，{list} 中删去了：{names}',
    en: 'hall file: {list} that it had at the last start and has no more: {names}',
  },
  'intake.damaged': {
    zh: '打开 {file}：文件已损坏，另存为 {aside}',
    en: 'open {file}: is damaged, was set aside: {aside}',
  },
  'journal.damaged': {
    zh: '打开流水 {file}：文件已损坏，另存为 {aside}；读出并保留了 {entries} 条流水记录和 {letters} 条死信',
    en: 'open journal: {file} is damaged, set aside as {aside}; {entries} entries and {letters} dead letters were readable and are kept',
  },
  'journal.in-use': {
    zh: '打开流水：{file} 正被另一个网关使用，同时只能由一个网关使用',
    en: 'open journal: {file} is in use by another gateway, should be by one only',
  },
  'journal.newer-format': {
    zh: '打开流水：{file} 的格式是 {found}，应为 {format}：它由更新版本的 Hallcast 写成；请启动那个版本，或另选数据目录（--data）',
    en: 'open journal: {file} has format {found}, should be {format}: it was written by a newer Hallcast; start that version, or give another data folder (--data)',
  },
  'journal.no-room': {
    zh: '打开流水：{file} 的格式是 {found}，需要复制一次、转换为格式 {format}；磁盘可用空间 {free}，应有 {needed}：请清理空间，或把数据目录移到更大的磁盘，然后重新启动（尚未改动任何内容）',
    en: 'open journal: {file} has format {found} and is copied once into format {format}; free on its disk are {free}, should be {needed}: make room, or move the data folder to a larger disk, and start again (nothing was changed)',
  },
  'journal.older-format': {
    zh: '打开流水：{file} 的格式是 {found}，应为 {format}：它由旧版本的 Hallcast 写成，网关启动时会转换',
    en: 'open journal: {file} has format {found}, should be {format}: it was written by an older Hallcast and is converted at the start of the gateway',
  },
  'journal.other-hall': {
    zh: '打开流水：{file} 属于大厅 "{found}"，应为 "{hall}"',
    en: 'open journal: {file} is of hall "{found}", should be of "{hall}"',
  },
  'journal.thread-died': {
    zh: '流水写入线程意外结束：{error}',
    en: 'journal writer: thread died: {error}',
  },
  'journal.wal-in-use': {
    zh: '转换流水：{file} 正被其他程序使用，应没有程序在使用',
    en: 'convert journal: {file} is in use by another program, should be by none',
  },
  'message.refused': { zh: '消息被拒收：{detail}', en: 'refused: {detail}' },
  'message.refused-more': {
    zh: '消息被拒收：另有 {count} 条，均在死信中',
    en: 'refused: {count} more, all of them among the dead letters',
  },
  'mqtt.not-relayed': {
    zh: 'MQTT：发给设备的控制消息未转发，relay 没有允许',
    en: 'mqtt: a command to a device was not passed on: relay: does not allow it',
  },
  'mqtt.too-large': {
    zh: 'MQTT：报文过大，已断开其连接',
    en: 'mqtt: a packet is too large, its connection was closed',
  },
  'neighbours.connection': {
    zh: '读取其他大厅的摘要：{error}',
    en: 'read the summaries of other halls: {error}',
  },
  'neighbours.not-granted': {
    zh: '读取其他大厅的摘要：消息服务器拒绝订阅 {topics}，应允许本网关的用户读取',
    en: 'read the summaries of other halls: the broker refuses {topics}, should let this user read them',
  },
  'neighbours.refused': {
    zh: '大厅 {hall} 的摘要未被采用：{field} 有误，应为该大厅网关发布的摘要',
    en: 'summary of hall {hall}: {field} is wrong, should be what the gateway of that hall publishes',
  },
  'standby.forged': {
    zh: '主备：收到的消息不是另一台网关发出的，已断开连接：两台网关之间有人冒充对方',
    en: 'standby: a message did not come from the other gateway, and the connection was ended: something between the two speaks for it',
  },
  'standby.stranger': {
    zh: '主备：拒绝了一个索取流水的请求：{reason}',
    en: 'standby: somebody who asked for the journal was refused: {reason}',
  },
  'standby.watch': { zh: '观察另一台网关：{error}', en: 'watch: {error}' },
  'standby.watch-refused': {
    zh: '消息服务器拒绝订阅 {topic}：应允许本网关的用户读取',
    en: 'watch {topic}: the broker refuses it, should let this user read it',
  },
  'start.cannot-listen': {
    zh: '{flag}：{address} {reason}',
    en: '{flag}: {address} {reason}',
  },
  'start.no-page': {
    zh: '屏幕 {screens}：版式 {layout} 还没有页面，打开是空白（404）',
    en: 'screens {screens}: layout {layout} has no page yet, they stay empty (404)',
  },
  'start.unused': {
    zh: '{setting}：没有打开，因为设备都连到 {broker} 指定的消息服务器',
    en: '{setting}: is not opened, as devices are at the broker of {broker}',
  },
  'state.checkpoint': {
    zh: '检查点 {seq}：{reason}，改为重放流水',
    en: 'checkpoint {seq}: {reason}, replaying the journal',
  },
  'state.fold': {
    zh: '折叠计算流水记录 {seq}：{error}',
    en: 'fold entry {seq}: {error}',
  },
} as const satisfies Readonly<Record<string, Both>>;

/** The parts of the gateway that report errors from the background; `STAGE.error` is the code of an error without its own. */
export const STAGES = {
  'accepted-devices': { zh: '已接受的设备', en: 'accepted devices' },
  broker: { zh: '消息服务器', en: 'broker' },
  checkpoint: { zh: '检查点', en: 'checkpoint' },
  content: { zh: '内容', en: 'content' },
  facts: { zh: '事实记录', en: 'facts' },
  faults: { zh: '故障检查', en: 'faults' },
  'hall-file': { zh: '大厅文件', en: 'hall file' },
  history: { zh: '历史库', en: 'history' },
  http: { zh: 'HTTP', en: 'http' },
  state: { zh: '实时状态', en: 'state' },
  intake: { zh: '消息接收', en: 'intake' },
  journal: { zh: '流水', en: 'journal' },
  live: { zh: '实时数据流', en: 'live' },
  prune: { zh: '清理过期数据', en: 'prune' },
  sources: { zh: '来源', en: 'sources' },
  standby: { zh: '主备', en: 'standby' },
  start: { zh: '启动', en: 'start' },
  stop: { zh: '停止', en: 'stop' },
  summary: { zh: '大厅摘要', en: 'summary' },
  tick: { zh: '定时更新', en: 'tick' },
  uncaught: { zh: '未捕获的错误', en: 'uncaught error' },
  unhandled: { zh: '未处理的拒绝', en: 'unhandled rejection' },
  view: { zh: '视图', en: 'view' },
} as const satisfies Readonly<Record<string, Both>>;

export type Stage = keyof typeof STAGES;
export type Code = keyof typeof MESSAGES | `${Stage}.error`;

/** A message of the log, whole. */
export interface Message extends Both {
  readonly code: Code;
}

/** The names of a template's parameters. */
type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;
type Known = keyof typeof MESSAGES;
/** A text, a number, a text in both languages, an error. */
type Parameters<C extends Known> = {
  readonly [Name in Names<(typeof MESSAGES)[C]['en']>]: unknown;
};

export function message<const C extends Known>(code: C, parameters: Parameters<C>): Message {
  const values: Readonly<Record<string, unknown>> = parameters;
  const fill = (language: keyof Both) =>
    MESSAGES[code][language].replace(/\{(\w+)\}/g, (_all, name: string) =>
      textIn(language, values[name]),
    );
  return { code, zh: fill('zh'), en: fill('en') };
}

/** Work in the background that failed. @param about what exactly, such as the name of a view */
export function failure(stage: Stage, error: unknown, about?: string): Message {
  const { zh, en } = STAGES[stage];
  const name = about === undefined ? '' : ` ${about}`;
  return {
    code: error instanceof CodedError ? error.told.code : `${stage}.error`,
    zh: `${zh}${name}：${textIn('zh', error)}`,
    en: `${en}${name}: ${textIn('en', error)}`,
  };
}

function textIn(language: keyof Both, value: unknown): string {
  if (value instanceof CodedError) return value.told[language];
  if (value instanceof Error) return value.message;
  if (typeof value === 'object' && value !== null && 'zh' in value) {
    const { zh, en = zh } = value as { readonly zh: string; readonly en?: string };
    return language === 'zh' ? zh : en;
  }
  return String(value);
}

/** An error that has a message of the log; its own text is in the language of this process. */
export class CodedError extends Error {
  override name = 'CodedError';
  readonly told: Message;

  constructor(told: Message, options?: ErrorOptions) {
    super(told[languageOf()], options);
    this.told = told;
  }
}
