// Ordinary and extreme halls with something going on, made of a seed: names, labels, numbers of windows and queues, sizes
// and distances of screens, and moments from empty to overloaded. Pure.
import { parseHall, type HallConfig } from '../../hall/config.ts';
import type { GatewayStatus } from '../../hall/gateway-status.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { received, TEN, type Note } from '../hall/sample.ts';
import { chance, type Chance } from '../sim/random.ts';

export const MOMENTS = ['busy', 'few', 'overloaded', 'empty', 'stale', 'closed', 'alarm'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const SIZES: readonly Size[] = [
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
  { width: 1080, height: 1920 },
  { width: 1280, height: 160 },
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1366, height: 768 },
];

export interface Scene {
  readonly config: HallConfig;
  readonly hall: Hall;
  readonly now: number;
  /** what the gateway would say of itself; nothing by default */
  readonly gatewayStatus?: GatewayStatus;
}

const HALLS = [
  { zh: '青石政务服务中心', en: 'Qingshi Government Service Centre' },
  { zh: '明州区政务服务中心', en: 'Mingzhou District Service Centre' },
  { zh: '云岭彝族自治县政务服务中心', en: 'Yunling Yi Autonomous County Service Centre' },
  {
    zh: '清河市经济技术开发区企业服务与不动产登记联合大厅',
    en: 'Qinghe Economic and Technological Development Zone Joint Service Hall',
  },
] as const;
const ZONES = [
  { zh: '一楼综合区', en: 'Ground floor, general' },
  { zh: '二楼社会保险与医疗保障办事区', en: 'Second floor, social and medical insurance' },
  { zh: '三楼', en: 'Third floor' },
] as const;
const QUEUES = [
  { zh: '社会保险', en: 'Social insurance' },
  { zh: '不动产登记', en: 'Real estate registration' },
  { zh: '企业开办', en: 'Starting a business' },
  { zh: '出入境证件', en: 'Exit and entry' },
  { zh: '医保', en: 'Medical care' },
  { zh: '公积金贷款与提取综合受理', en: 'Housing fund loans and withdrawals' },
  { zh: '户籍', en: 'Household registration' },
  { zh: '综合业务', en: 'General' },
] as const;
const SERVICES = ['养老保险参保登记', '不动产首次登记与抵押权变更登记', '营业执照', '居住证签注'];
const DEPARTMENTS = ['人社局', '自然资源和规划局', '市场监督管理局', '公安局'];
const NOTICES = [
  { title: '放假通知', body: '一月一日放假一天，一月二日照常办公。' },
  {
    title: { zh: '办理不动产登记请携带身份证原件', en: 'Please bring your identity card' },
    body: {
      zh: '申请人应提交身份证明、不动产权属证书和登记原因证明文件，委托办理的另附委托书与代理人身份证明。',
      en: 'Bring your identity card, the title and the document on which the registration rests.',
    },
  },
];
/** How windows are labelled and tickets numbered: the ordinary ways, and the longest that fit. */
const LABELS = [
  (n: number) => String(n),
  (n: number) => `A1${String(n).padStart(2, '0')}`,
  (n: number) => `B-${n}`,
  (n: number) => `综合${n}`,
];
const TICKETS = [
  (prefix: string, n: number) => `${prefix}${String(n).padStart(3, '0')}`,
  (prefix: string, n: number) => `${prefix}${String(n).padStart(4, '0')}`,
  (prefix: string, n: number) => `${prefix}SHEBAO-${String(n).padStart(4, '0')}`.slice(0, 12),
  (prefix: string, n: number) => `社保${prefix}${String(n).padStart(3, '0')}`,
];

export interface Recipe {
  readonly seed: number;
  readonly moment: Moment;
  readonly size: Size;
  /** ordinary data alone: four characters of a ticket, two of a window */
  readonly plain?: boolean;
  readonly demo?: boolean;
}

/** The hall of a recipe at its moment, with screens `board`, `lobby`, `sign` and `notice` of the recipe's size. */
export function scene({ seed, moment, size, plain = false, demo = false }: Recipe): Scene {
  const luck = chance(seed);
  const count = luck.pick([2, 5, 12, 30, 66]);
  const label = plain ? LABELS[0]! : luck.pick(LABELS);
  const number = plain ? TICKETS[0]! : luck.pick(TICKETS);
  const queues = QUEUES.slice(0, luck.pick([1, 3, 5, 8]));
  const windows = Array.from({ length: count }, (_, index) => ({
    ...{ id: `w${index + 1}`, label: label(index + 1), zone: `z${(index % 2) + 1}` },
    queues: [`q${(index % queues.length) + 1}`, `q${((index + 1) % queues.length) + 1}`],
    department: luck.pick(DEPARTMENTS),
    ...(luck.happens(0.8) && { direction: luck.pick(['left', 'right', 'ahead', 'up']) }),
  }));
  const [diagonal, distance] = glassOf(size, luck);
  const screen = { diagonal_in: diagonal, resolution: `${size.width}x${size.height}` };
  const at = { ...screen, distance_m: distance };
  const file = {
    hall: { id: 'h1', name: luck.pick(HALLS), timezone: 'Asia/Shanghai', demo },
    hours: { daily: moment === 'closed' ? ['13:00-17:00'] : ['08:30-12:00', '13:30-17:30'] },
    floors: ZONES.map((_, index) => ({ id: `f${index + 1}`, name: `${index + 1} 楼` })),
    zones: ZONES.slice(0, 2).map((name, index) => ({
      ...{ id: `z${index + 1}`, name, floor: `f${index + 1}`, seats: 80 },
    })),
    queues: queues.map((name, index) => ({
      ...{ id: `q${index + 1}`, name, zone: `z${(index % 2) + 1}` },
      prefix: 'ABCDEFGH'[index],
    })),
    services: SERVICES.map((name, index) => ({
      ...{ id: `s${index + 1}`, name, queue: `q${(index % queues.length) + 1}` },
    })),
    windows,
    staff: [
      { id: 'p1', name: '王芳', post: { zh: '综合窗口', en: 'General' }, party: '中共党员' },
      { id: 'p2', name: '阿卜杜热合曼·买买提', post: '不动产登记受理岗', party: '群众' },
    ],
    devices: [
      { id: 'disp-1', kind: 'dispenser', zone: 'z1' },
      { id: 'caller-1', kind: 'caller', window: 'w1', name: '一号呼叫器' },
      { id: 'caller-2', kind: 'caller', window: 'w2' },
    ],
    screens: [
      { id: 'board', name: '叫号屏', layout: 'calls', zone: 'z1', ...at },
      { id: 'lobby', name: '大厅总屏', layout: 'calls', ...at },
      { id: 'sign', layout: 'window', window: 'w1', ...at },
      { id: 'notice', name: '公告屏', layout: 'notice', ...at },
    ],
    board: { theme: luck.pick(['day', 'night']) },
    wall: { theme: seed % 2 === 0 ? 'day' : 'night' },
    notices: NOTICES.slice(0, luck.below(3)),
  };
  const parsed = parseHall(JSON.stringify(file), 'hall.yaml');
  if (!parsed.ok) throw new Error(`hall of seed ${seed}: ${JSON.stringify(parsed.problems)}`);
  const { config } = parsed;
  const notes = happenings(moment, config, number, luck);
  const start = startHall(config, TEN - 90 * 60_000);
  const hall = received(notes, config).reduce((state, event) => fold(state, config, event), start);
  return { config, hall, now: TEN + 2_000 };
}

/** Diagonal in inches and viewing distance in metres of glass of this size. */
function glassOf({ width, height }: Size, luck: Chance): readonly [number, number] {
  if (width < 800) return width < 500 ? [6.1, 0.4] : [10, 0.5];
  if (width / height > 5) return [luck.pick([29, 38]), luck.pick([3, 5])];
  if (width === 1366) return [luck.pick([22, 24, 32]), luck.pick([2, 4, 6])];
  if (width === 3840) return [luck.pick([65, 75, 86]), luck.pick([4, 6, 8])];
  return [luck.pick([43, 55, 65]), luck.pick([3, 5, 8])];
}

/** What happened until ten: issues, calls, services, windows and their people. */
function happenings(
  moment: Moment,
  config: HallConfig,
  number: (prefix: string, n: number) => string,
  luck: Chance,
): Note[] {
  const notes: Note[] = [];
  if (moment === 'empty') return notes;
  const share = { few: 0.1, busy: 0.6, overloaded: 1, stale: 0.5, closed: 0.2, alarm: 0.3 }[moment];
  const calls = moment === 'overloaded' ? 20 : Math.ceil(config.windows.length * share);
  config.windows.forEach(({ id }, index) => {
    const state = luck.pick(['serving', 'idle', 'paused', 'away', 'serving'] as const);
    const staff = index % 2 === 0 ? 'p1' : 'p2';
    notes.push([-60, `caller-${index + 1}`, 'window', { type: 'state', window: id, state, staff }]);
  });
  const waiting = { few: 3, busy: 40, overloaded: 300, stale: 30, closed: 2, alarm: 20 }[moment];
  let n = luck.below(900);
  const take = (queue: number, minute: number): string => {
    const { id = 'q1', prefix = 'A' } = config.queues[queue % config.queues.length] ?? {};
    const ticket = number(prefix, (n += 1));
    notes.push([minute, 'disp-1', 'ticket', { type: 'issued', ticket, queue: id }]);
    return ticket;
  };
  for (let index = 0; index < waiting; index++) take(index, -55 + luck.below(50));
  for (let index = 0; index < 6 && moment !== 'few'; index++) {
    const ticket = take(index, -40);
    const window = config.windows[index % config.windows.length]?.id;
    const caller = `caller-${(index % config.windows.length) + 1}`;
    notes.push([-20, caller, 'ticket', { type: 'called', ticket, window }]);
    notes.push([-18, caller, 'ticket', { type: 'no_show', ticket, window }]);
  }
  for (let index = 0; index < calls; index++) {
    const place = index % config.windows.length;
    const window = config.windows[place]?.id;
    const caller = `caller-${place + 1}`;
    const ticket = take(index, -50);
    const old = moment !== 'overloaded' && index % 3 !== 0;
    const minute = old ? -index / calls - 1 : -index / 600;
    const priority = luck.happens(0.3) ? { class: 'priority' } : {};
    if ('class' in priority) {
      const last = notes.at(-1);
      if (last) notes[notes.length - 1] = [last[0], last[1], last[2], { ...last[3], ...priority }];
    }
    notes.push([minute, caller, 'ticket', { type: 'called', ticket, window }]);
    if (old && index % 2 === 0) {
      notes.push([minute + 0.1, caller, 'ticket', { type: 'serving', ticket, window }]);
    }
  }
  if (moment === 'stale') {
    const devices = ['disp-1', ...config.windows.map((_, index) => `caller-${index + 1}`)];
    for (const id of devices) notes.push([0, id, 'device', { type: 'state', state: 'offline' }]);
  }
  if (moment === 'alarm') {
    const message = { zh: '三楼厨房起火，请从东侧楼梯撤离', en: 'Leave by the eastern stairs' };
    const said = luck.happens(0.5) ? { message } : {};
    const alarm = { type: 'activated', kind: luck.pick(['fire', 'notice']), zones: ['*'], ...said };
    notes.push([0, 'disp-1', 'emergency', alarm]);
  }
  // Thirty-seconds of a minute are whole milliseconds.
  return notes
    .map(([minute, ...rest]): Note => [Math.round(minute * 32) / 32, ...rest])
    .sort((a, b) => a[0] - b[0]);
}
