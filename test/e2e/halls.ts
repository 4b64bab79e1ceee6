// Hall files with ordinary data that is hard on a layout: long names, long labels, many or few of everything.

/** A county hall as the field has them: a name of 23 characters, labels A101 and A102, queues and bureaus with long names. */
export const COUNTY_YAML = `
hall:
  id: qx1
  name: { zh: 清溪苗族侗族自治县人民政府政务服务和大数据管理中心, en: Qingxi Miao and Dong Autonomous County Government Service Centre }
  timezone: Asia/Shanghai
  level: county
hours: { weekdays: ["08:30-12:00", "13:30-17:30"], holidays: none }
floors: [{ id: f1, name: 一楼 }, { id: f3, name: 三楼 }]
zones:
  - { id: z1, name: { zh: 企业开办与综合受理等候区, en: Business start-up and general acceptance area }, floor: f1, kind: waiting, capacity: 120, seats: 80 }
  - { id: z2, name: 三楼不动产与公积金等候区, floor: f3, kind: waiting, capacity: 60 }
  - { id: z3, name: 大厅出入口, floor: f1, kind: entrance }
queues:
  - { id: q1, name: { zh: 企业登记与变更注销综合受理, en: 'Business registration, change and deregistration' }, zone: z1, prefix: A }
  - { id: q2, name: { zh: 城乡居民基本养老保险参保登记, en: Residents’ basic pension registration }, zone: z1, prefix: AB }
  - { id: q3, name: 不动产登记, zone: z2, prefix: C }
  - { id: q4, name: 公积金, zone: z2, prefix: D }
windows:
  - { id: w1, label: A101, zone: z1, queues: [q1], department: 县市场监督管理局行政审批和企业登记服务中心 }
  - { id: w2, label: A102, zone: z1, queues: [q1, q2], department: 县市场监督管理局 }
  - { id: w3, label: A103, zone: z1, queues: [q2], department: 县人力资源和社会保障局 }
  - { id: w4, label: 综合1, zone: z1, queues: [q1, q2], department: 县政务服务中心 }
  - { id: w5, label: 综合2, zone: z1, queues: [q1, q2], department: 县政务服务中心 }
  - { id: w6, label: B-12, zone: z2, queues: [q3], department: 县自然资源局 }
  - { id: w7, label: B-13, zone: z2, queues: [q3, q4], department: 县自然资源局 }
  - { id: w8, label: 不动产3, zone: z2, queues: [q4], department: 县住房公积金管理中心 }
staff:
  - { id: s-1, name: 欧阳建国, post: 综合窗口 }
  - { id: s-2, name: 阿卜杜热合曼·买买提, post: 综合窗口 }
devices:
  - { id: switch-1, kind: network, zone: z1 }
  - { id: switch-3, kind: network, zone: z2 }
  - { id: dispenser-entrance-of-the-main-building-1, kind: dispenser, zone: z3, name: 大厅出入口东侧双屏自助取号一体机, via: switch-1 }
  - { id: disp-3, kind: dispenser, zone: z2, via: switch-3 }
  - { id: caller-1, kind: caller, window: w1, via: switch-1 }
  - { id: caller-2, kind: caller, window: w2, via: switch-1 }
  - { id: caller-6, kind: caller, window: w6, via: switch-3 }
  - { id: pad-1, kind: evaluator, window: w1 }
  - { id: count-1, kind: counter, zone: z1 }
  - { id: screen-1, kind: screen, zone: z1, via: switch-1 }
screens:
  - { id: b1, name: 一楼叫号屏, layout: calls, zone: z1, diagonal_in: 55, resolution: 1920x1080, distance_m: 8 }
  - { id: sign-1, layout: window, window: w1, diagonal_in: 24, resolution: 1366x768, distance_m: 6 }
intake: listed
`;

/** A hall of one window. */
export const VILLAGE_YAML = `
hall: { id: v1, name: 石桥村便民服务站, timezone: Asia/Shanghai, level: village }
hours: { daily: ["08:30-12:00", "13:30-17:30"], holidays: none }
zones: [{ id: z1, name: 大厅, kind: waiting }]
queues: [{ id: q1, name: 综合业务, zone: z1 }]
windows: [{ id: w1, label: "1", zone: z1, queues: [q1] }]
intake: listed
`;

/** So many halls, with the own one, fill the scene that compares halls. */
const NEIGHBOURS = 19;

/** The halls beside and below a county: `neighbours:` of a hall file. */
export const NEIGHBOURS_YAML = `neighbours:\n${Array.from({ length: NEIGHBOURS }, (_, index) => {
  const [level, kind] = index < 8 ? ['township', '镇'] : ['village', '村'];
  const name = `{ zh: 东风路第${index + 1}${kind}便民服务中心, en: Dongfeng Road Centre ${index + 1} }`;
  return `  - { id: n-${index + 1}, level: ${level}, name: ${name} }\n`;
}).join('')}`;
