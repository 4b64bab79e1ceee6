// What each number on the pages at work means, as shown on hover and focus. The figures are those of SPEC §8.
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
  forecast: define(
    '预计全天取号',
    'Expected today',
    '按近期同类日子每半小时的取号量，并按今日至今的多少修正；十次中约八次落在所示范围内',
    'recent days of the same kind, corrected by the day so far; eight of ten days end within the range',
  ),
  waiting: define(
    '等候中',
    'Waiting',
    '已到场并取号（或重排）、尚未开始办理的人数；预约未到的不计',
    'came and took a ticket (or returned), not yet served; appointments that have not come are not counted',
  ),
  notYet: define(
    '预约未到',
    'Booked, not here yet',
    '已预约、尚未到场的人数；到预约时间并到场后才计入等候',
    'appointments that have not come yet; they count as waiting once they are here',
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
    '首次开始办理时间 − 取号时间；转移窗口后仍按首次取号计；仅计今日已开始办理的人',
    'first service − issue; a transfer keeps its first issue; those who began service today',
  ),
  p90Wait: define(
    '90% 的人等候不超过',
    '90 % waited at most',
    '今日已开始办理的人中，90% 等候不超过此时长',
    'of those who began service today, 90 % waited no longer than this',
  ),
  within: define(
    '时限内开始办理',
    'Served within',
    'T 分钟内开始办理 ÷（已开始 + 等超 T 后放弃 + 仍在等且已超 T）',
    'began within T ÷ (began + gave up after T + still waiting beyond T)',
  ),
  satisfaction: define(
    '满意率',
    'Satisfaction',
    '非常满意、满意、基本满意 ÷ 办事人主动评价（默认评价不计）',
    'levels 5 + 4 + 3 ÷ evaluations given by visitors (default ones apart)',
  ),
  badReviews: define(
    '差评',
    'Bad reviews',
    '不满意、非常不满意的条数；默认评价不计',
    'levels 2 and 1 given by visitors; default ones are not counted',
  ),
  participation: define(
    '参评率',
    'Participation',
    '办事人主动评价数 ÷ 办结数',
    'evaluations given by visitors ÷ completed',
  ),
  onTheSpot: define(
    '现场办结率',
    'On the spot',
    '当场办成的件数 ÷ 办结数；窗口从未上报结果时不显示',
    'decided at the same visit ÷ completed; nothing where no window reports outcomes',
  ),
  away: define(
    '离岗',
    'Away',
    '目前离岗或暂停的前台窗口',
    'front windows that are away or paused now',
  ),
  peak: define(
    '高峰一小时',
    'Peak hour',
    '今日取号最多的连续 60 分钟',
    'the 60 minutes of today in which most tickets were taken',
  ),
  abandonment: define(
    '弃号率',
    'Abandonment',
    '过号后未返回 ÷（取号 − 取消）',
    'missed without return ÷ (issued − cancelled)',
  ),
  longest: define(
    '最长等候',
    'Longest now',
    '目前等候最久的人已等的时间',
    'how long the visitor at the front has waited by now',
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
    '每小时取号数 × 平均办理时长（分）÷ 开放窗口数 ÷ 60；超过 1 表示取号快于办理',
    'arrivals per hour × mean service time (min) ÷ open windows ÷ 60; over 1 more arrive than are served',
  ),
  queueWindows: define(
    '窗口',
    'Windows',
    '服务此队列的开放窗口 ÷ 全部窗口',
    'open windows that serve this queue ÷ all of them',
  ),
  state: define('状态', 'State', '窗口当前状态', 'the window’s present state'),
  since: define('持续', 'For', '当前状态已持续的时间', 'how long it has been in this state'),
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
    '所办理队列中最高的每窗负荷',
    'the highest load per window among its queues',
  ),
  pressure: define(
    '压力',
    'Pressure',
    '按最长等候和负荷超出阈值的程度排序；有人等候而没有窗口开放的排最前',
    'longest wait and load against their thresholds; people waiting with no window open come first',
  ),
  deviceState: define(
    '设备状态',
    'State',
    '设备上报的状态；静默：未曾断开，但太久没有消息；离线：连接已断开',
    'as reported by the device; silent: not disconnected, but no message for too long; offline: disconnected',
  ),
  lastSeen: define(
    '最近消息',
    'Last seen',
    '网关最近一次收到该设备消息的时间',
    'when the gateway last received a message from it',
  ),
  deviceRate: define(
    '消息速率',
    'Rate',
    '最近几分钟平均每分钟的消息数；括号内为今日平均',
    'messages per minute during the last minutes; in brackets today’s mean',
  ),
  deviceClock: define(
    '时钟偏差',
    'Clock',
    '设备时钟与网关时钟之差，取最近几分钟内最小的一次，因此消息延迟不会被当成时钟不准；+ 为快，− 为慢',
    'device clock − gateway clock, the smallest of the last minutes, so that delayed messages are not mistaken for a wrong clock; + is ahead',
  ),
  deviceGaps: define(
    '漏收',
    'Missing',
    '按消息序号（seq）计算，今日没有收到的消息数',
    'messages that did not arrive today, by their sequence numbers',
  ),
  paper: define('纸量', 'Paper', '剩余纸量', 'paper left'),
  battery: define('电量', 'Battery', '剩余电量', 'battery left'),
  temperature: define('温度', 'Temperature', '设备上报的温度', 'as reported by the device'),
  radio: define(
    '信号强度',
    'Radio signal',
    '无线接收强度（dBm），越接近 0 越好',
    'received signal strength (dBm); nearer to 0 is better',
  ),
  firmware: define('固件', 'Firmware', '设备上报的固件版本', 'as reported by the device'),
} as const;

export type DefinitionKey = keyof typeof DEFINITIONS;
