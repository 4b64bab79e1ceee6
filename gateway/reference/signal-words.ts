// What the fields of signals mean, in both languages. A field of hall/signal.ts without its entry here does not compile.
import type { SCHEMAS, SignalOf } from '../../hall/signal.ts';
import type { Stream } from '../../hall/topic.ts';
import type { Words } from './schema.ts';

/** An enumeration says what each of its values means. */
type Meaning<V> = [V] extends [string | number]
  ? string extends V
    ? Words
    : number extends V
      ? Words
      : readonly [zh: string, en: string, values: { readonly [K in V]: Words }]
  : Words;
type KeysOf<T> = T extends unknown ? keyof T : never;
type ValueOf<T, F extends PropertyKey> = T extends { readonly [K in F]?: infer V }
  ? NonNullable<V>
  : never;
export type Common = 'type' | 'at' | 'id' | 'seq';

interface StreamWords<S extends Stream> {
  readonly meaning: Words;
  readonly types: { readonly [T in keyof (typeof SCHEMAS)[S]]: Words };
  readonly fields: {
    readonly [F in Exclude<KeysOf<SignalOf<S>>, Common>]: Meaning<ValueOf<SignalOf<S>, F>>;
  };
}

/** Fields that every signal may have. */
export const COMMON: { readonly [F in Common]: Words } = {
  type: ['发生了什么，取值见各信号流', 'what happened: one of the types of its stream'],
  at: [
    '事情发生的时刻，以设备的时钟为准；不带则按到达时间',
    'when it happened, by the device’s clock; missing: the time of arrival',
  ],
  id: [
    '设备自己编的标识，永不重复；同一信号发两次只计一次。`type` 一行列出 `id` 的必须带，其余不带则由内容得出',
    'an id of the device’s own that is never used again: a signal that is sent twice counts once. A type that lists `id` must have it; elsewhere a missing one is derived from the content',
  ],
  seq: [
    '设备每发一条消息加一的序号，用来发现缺号',
    'a number that grows by one with each message of the device, so that gaps are noticed',
  ],
};

const WINDOW: Words = ['窗口', 'the window'];

export const SIGNALS: { readonly [S in Stream]: StreamWords<S> } = {
  ticket: {
    meaning: [
      '一个号从取号到办结的每一步',
      'every step of a visit, from the issue of its number to its end',
    ],
    types: {
      issued: ['取号', 'a number was issued'],
      called: ['叫号', 'the number was called to a window'],
      recalled: ['重呼', 'the number was called once more'],
      serving: ['开始办理', 'service began'],
      held: ['挂起', 'service was put on hold'],
      resumed: ['恢复办理', 'service goes on'],
      arrived: [
        '预约的人已到场；没有这一步时，在自助机或人工台取号、或首次叫号，即视为到场',
        'the visitor of an appointment has come; without this, `issued` at a kiosk or desk, or the first call, says so',
      ],
      transferred: [
        '转到其他队列或窗口，保留最初的取号时间；`to_queue` 与 `to_window` 至少写一个',
        'to another queue or window; the first time of issue stays. `to_queue` or `to_window` must be given',
      ],
      no_show: ['过号：叫号后无人应答', 'nobody came when called'],
      requeued: ['过号后重新排队', 'a visitor who missed the call waits again'],
      completed: ['办结', 'service is done'],
      cancelled: ['取消', 'the visitor gave up the number'],
    },
    fields: {
      ticket: ['群众手中的号码，如 `A001`', 'the number that the visitor holds, such as `A001`'],
      queue: ['排在哪个队列', 'the queue in which the visitor waits'],
      service: ['要办的事项', 'the service that the visitor comes for'],
      class: [
        '排队类别（不带为普通）',
        'the class of the visitor (`normal` where it is missing)',
        {
          normal: ['普通', 'ordinary'],
          priority: [
            '优先（老、弱、病、残、孕、军人等）',
            'takes precedence by law or by the hall’s rules',
          ],
          green: ['绿色通道', 'the hall’s fast lane'],
        },
      ],
      channel: [
        '在哪里取的号',
        'where the number was taken',
        {
          kiosk: ['自助机', 'kiosk'],
          mobile: ['手机', 'phone'],
          appointment: ['预约', 'appointment'],
          desk: ['人工台', 'desk'],
        },
      ],
      appointment_at: ['预约的时间', 'the time that was agreed'],
      window: ['在哪个窗口', 'the window at which it happened'],
      out_of_order: [
        '插叫的原因；带此字段即为不按顺序叫号',
        'the reason, where the call was out of order',
      ],
      reason: ['原因', 'the reason'],
      to_queue: ['转到哪个队列', 'the queue that the visitor waits in from now on'],
      to_window: ['转到哪个窗口', 'the window that serves the visitor next'],
      after: ['多少分钟后再叫', 'minutes after which the visitor may be called again'],
      outcome: [
        '办理结果',
        'how the service ended',
        {
          done: ['当场办结', 'done on the spot'],
          accepted: ['已受理', 'the application was accepted'],
          supplement: ['需补正材料', 'documents are missing'],
          rejected: ['不予受理', 'the application was refused'],
        },
      ],
    },
  },
  window: {
    meaning: ['窗口状态', 'the state of a window'],
    types: { state: ['状态变化或定时重报', 'the state has changed, or is reported again'] },
    fields: {
      window: WINDOW,
      state: [
        '窗口状态',
        'the state',
        {
          closed: ['关闭', 'closed'],
          idle: ['空闲', 'open, with nobody there'],
          calling: ['叫号中', 'a number is called'],
          serving: ['办理中', 'somebody is served'],
          paused: ['暂停服务', 'paused'],
          away: ['离岗', 'the clerk is away'],
        },
      ],
      staff: ['在岗的工作人员', 'who works there'],
      substitute: ['是否替岗', 'whether that person stands in for somebody'],
      reason: ['暂停或离岗的原因', 'why the window is paused or left'],
    },
  },
  evaluation: {
    meaning: ['好差评', 'visitors’ judgement of the service'],
    types: { submitted: ['作出评价', 'an evaluation was given'] },
    fields: {
      window: ['被评价的窗口', 'the window that is judged'],
      level: [
        '评价等级',
        'the level',
        {
          5: ['非常满意', 'very satisfied'],
          4: ['满意', 'satisfied'],
          3: ['基本满意', 'fairly satisfied'],
          2: ['不满意', 'dissatisfied'],
          1: ['非常不满意', 'very dissatisfied'],
        },
      ],
      ticket: ['评价的是哪个号', 'the number whose service is judged'],
      channel: [
        '评价途径',
        'how it was given',
        {
          pad: ['窗口评价器', 'the evaluator at the window'],
          qr: ['扫码', 'a QR code'],
          sms: ['短信', 'a text message'],
          kiosk: ['自助机', 'a kiosk'],
          web: ['网页', 'a website'],
        },
      ],
      default: ['系统默认评价，并非群众所评', 'filled in, not given by the visitor'],
      aspects: ['对哪些方面满意或不满意', 'what was good or bad, as short texts'],
    },
  },
  occupancy: {
    meaning: ['客流', 'people in the hall'],
    types: {
      count: ['在场人数', 'how many are there'],
      flow: ['进出人数', 'how many came and went'],
    },
    fields: {
      zone: ['区域', 'the zone'],
      present: ['在场人数', 'people in the zone'],
      in: [
        '自该设备上一条消息以来进入的人数',
        'people who came in since the device’s last message',
      ],
      out: ['自该设备上一条消息以来离开的人数', 'people who left since the device’s last message'],
    },
  },
  device: {
    meaning: [
      '设备自身的状态：保留消息，并以 `offline` 为 MQTT 遗嘱',
      'the status of the device itself: retained, with `offline` as its MQTT last will',
    ],
    types: { state: ['状态变化或定时重报', 'the status has changed, or is reported again'] },
    fields: {
      state: [
        '设备状态',
        'the status',
        {
          online: ['在线', 'works'],
          degraded: ['降级：还能用，但有问题', 'works in part'],
          offline: ['离线', 'is gone'],
          fault: ['故障', 'does not work'],
          maintenance: ['维护中', 'is being serviced'],
        },
      ],
      fault: ['故障说明', 'what is wrong, in words'],
      paper_pct: ['剩余纸量，%', 'paper left, %'],
      battery_pct: ['剩余电量，%', 'battery left, %'],
      temp_c: ['温度，℃', 'temperature, °C'],
      uptime_s: ['开机以来的秒数', 'seconds since the device started'],
      firmware: ['固件版本', 'version of the firmware'],
      rssi_dbm: ['无线信号强度，dBm', 'radio signal, dBm'],
    },
  },
  staff: {
    meaning: ['考勤', 'attendance'],
    types: { clock: ['打卡', 'somebody clocked in or out'] },
    fields: {
      staff: ['工作人员', 'the person'],
      state: [
        '考勤状态',
        'the attendance',
        { in: ['上班', 'came'], out: ['下班', 'left'], leave: ['请假', 'is on leave'] },
      ],
      window: ['所在窗口', 'the window of that person'],
    },
  },
  case: {
    meaning: ['办件进度', 'the progress of an application'],
    types: {
      accepted: ['受理', 'the application was accepted'],
      stage: ['进入某一环节', 'the application has reached a stage'],
      decided: ['作出决定', 'a decision was made'],
      delivered: ['送达', 'the result was delivered'],
    },
    fields: {
      case: ['办件编号', 'the id of the application'],
      department: ['办理部门', 'the department in charge'],
      item: ['事项名称', 'the matter'],
      due_at: ['应办结的时间', 'when it has to be done'],
      stage: ['环节名称', 'the name of the stage'],
      outcome: ['结果', 'the result'],
    },
  },
  network: {
    meaning: ['大厅的网络线路', 'the network lines of the hall'],
    types: { link: ['线路质量', 'the quality of a line'] },
    fields: {
      zone: [
        '哪条线路',
        'which line',
        {
          internet: ['互联网', 'the internet'],
          government: ['政务外网', 'the government network'],
          department: ['部门专网', 'a department’s own network'],
        },
      ],
      rtt_ms: ['往返时延，毫秒', 'round-trip time, ms'],
      loss_pct: ['丢包率，%', 'packets lost, %'],
    },
  },
  emergency: {
    meaning: [
      '紧急警报。`activated` 只要种类认得出就会显示，缺 `id`、区域写错也不例外；`cleared` 须写全',
      'alarms. An `activated` whose kind can be read is always shown, also without `id` or with an unknown zone; a `cleared` must be complete',
    ],
    types: {
      activated: ['触发警报', 'an alarm begins'],
      cleared: ['解除同一种类、同一区域的警报', 'the alarms of that kind in these zones end'],
    },
    fields: {
      kind: [
        '警报种类',
        'the kind',
        {
          fire: ['火警', 'fire'],
          evacuate: ['疏散', 'evacuation'],
          medical: ['医疗急救', 'medical emergency'],
          security: ['治安', 'security'],
          notice: ['紧急通知', 'urgent notice'],
        },
      ],
      zones: ['涉及的区域，`["*"]` 为全厅', 'the zones; `["*"]` is the whole hall'],
      message: ['屏幕上显示的文字', 'what screens show'],
      drill: ['演习', 'an exercise'],
    },
  },
};
