// What each number on the live page means, as shown on hover and focus. The definitions are those of domain.md.
import type { Words } from './words.ts';

export interface Definition {
  readonly title: Words;
  readonly meaning: Words;
}

const define = (titleZh: string, titleEn: string, zh: string, en: string): Definition => ({
  title: { zh: titleZh, en: titleEn },
  meaning: { zh, en },
});

export const DEFINITIONS = {
  issued: define('取号', 'Issued', '今日开放时段内取的号', 'tickets taken today'),
  waiting: define(
    '等候中',
    'Waiting',
    '已取号或重排、尚未开始办理且未结束的人数',
    'issued or requeued, not yet served, not ended',
  ),
  serving: define('办理中', 'Being served', '正在窗口办理的号', 'tickets at a window now'),
  completed: define('办结', 'Completed', '今日已办结的号', 'tickets completed today'),
  missed: define(
    '过号',
    'Missed',
    '叫到未到、尚未重排的号',
    'called, did not come, and have not returned',
  ),
  windowsOpen: define(
    '开放窗口',
    'Windows open',
    '空闲、叫号或办理中的窗口 ÷ 全部窗口',
    'idle, calling or serving ÷ all windows',
  ),
  present: define(
    '在场',
    'Present',
    '各区计数设备报告的在场人数之和；n 为有数据的区',
    'people counted in the hall’s zones; n = zones with data',
  ),
  meanWait: define(
    '平均等候',
    'Mean wait',
    '首次开始办理 − 取号；转移保留首次取号时间；仅计今日已开始办理者',
    'first serving − issued; a transfer keeps its first issue; those who began service today',
  ),
  p90Wait: define(
    '九成等候',
    '90 % wait',
    '今日已开始办理者中，九成等候不超过此时长',
    'nine in ten of those who began service today waited no longer',
  ),
  within: define(
    '时限内办理',
    'Within',
    'T 分钟内开始办理 ÷（已开始 + 等超 T 后放弃 + 仍在等且已超 T）',
    'began within T ÷ (began + gave up after T + still waiting beyond T)',
  ),
  satisfaction: define(
    '满意率',
    'Satisfaction',
    '五、四、三级评价 ÷ 群众主动评价（默认评价不计）',
    'levels 5 + 4 + 3 ÷ evaluations given by visitors (default ones apart)',
  ),
  abandonment: define(
    '弃号率',
    'Abandonment',
    '过号未返回 ÷（取号 − 取消）',
    'missed without return ÷ (issued − cancelled)',
  ),
  longest: define(
    '最长等候',
    'Longest now',
    '此刻等得最久者已等的时间',
    'how long the one who waits longest has waited',
  ),
  band: define(
    '预计等候',
    'Expected wait',
    '现在取号的预计等候区间：前面人数（扣除弃号）× 平均办理 ÷ 实际服务的窗口',
    'for a ticket taken now: those ahead (no-shows discounted) × mean service ÷ windows that serve',
  ),
  load: define(
    '每窗负荷',
    'Load per window',
    '每小时到达 × 平均办理时长 ÷ 开放窗口 ÷ 60；超过 1 即来得比办得快',
    'arrivals per hour × mean service time ÷ open windows ÷ 60; over 1 they come faster than they are served',
  ),
  queueWindows: define(
    '窗口',
    'Windows',
    '服务此队列的开放窗口 ÷ 全部窗口',
    'open windows that serve this queue ÷ all of them',
  ),
  state: define('状态', 'State', '窗口当前状态', 'the window’s present state'),
  since: define('时长', 'For', '当前状态已持续的时间', 'how long it has been in this state'),
  ticket: define('当前号', 'Ticket now', '正在叫号或办理的号', 'the ticket called or being served'),
  windowCompleted: define('今日办结', 'Completed', '此窗口今日办结数', 'completed here today'),
  utilisation: define(
    '利用率',
    'Utilisation',
    '办理 ÷（空闲 + 叫号 + 办理 + 暂停）的时间',
    'serving ÷ (idle + calling + serving + paused), by time',
  ),
  service: define(
    '平均办理',
    'Service mean',
    '办结 − 开始办理 − 挂起，今日平均',
    'completed − serving − held, today’s mean',
  ),
  windowLoad: define(
    '负荷',
    'Load',
    '所服务队列中最高的每窗负荷',
    'the highest load per window of the queues it serves',
  ),
  pressure: define(
    '压力',
    'Pressure',
    '按最长等候与负荷相对阈值排序；有人等候而无窗口者最前',
    'longest wait and load against their thresholds; people before closed counters first',
  ),
  deviceState: define(
    '设备状态',
    'State',
    '设备自报的状态；静默：没有说离开，却太久没有消息；离线：连接已断',
    'what it says of itself; silent: never left, yet says nothing; offline: its connection is gone',
  ),
  lastSeen: define(
    '最近消息',
    'Last seen',
    '网关最近一次收到它的消息',
    'when the gateway last heard it',
  ),
  deviceRate: define(
    '消息速率',
    'Rate',
    '近几分钟每分钟消息数；括号内为今日平均',
    'signals per minute lately, and today’s mean',
  ),
  deviceClock: define(
    '时钟差',
    'Clock',
    '设备时钟减网关时钟：取近期最小的收到 − 发生之差，迟到的消息只会使它变大；正为快',
    'its clock − the gateway’s, by the least recent received − happened, to which delay only adds; + is ahead',
  ),
  deviceGaps: define(
    '缺号',
    'Gaps',
    '今日 seq 序号中缺少的消息数',
    'messages missing from today’s sequence numbers',
  ),
  paper: define('纸量', 'Paper', '剩余纸量百分比', 'paper left, percent'),
  battery: define('电量', 'Battery', '剩余电量百分比', 'battery left, percent'),
  temperature: define('温度', 'Temperature', '设备自报的温度', 'the temperature that it reports'),
  radio: define(
    '信号强度',
    'Radio signal',
    '无线接收强度，越接近 0 越好',
    'received signal strength; nearer to 0 is better',
  ),
  firmware: define('固件', 'Firmware', '设备自报的固件版本', 'the version that it reports'),
} as const;

export type DefinitionKey = keyof typeof DEFINITIONS;
