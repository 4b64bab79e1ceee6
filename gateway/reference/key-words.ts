// What the keys of the hall file mean, in both languages, by path. A key without its entry here, and an entry without its key,
// fail the test.
import type { Words } from './schema.ts';

/** An enumeration may say what each of its values means: then it says so of all. */
export type KeyWords = readonly [zh: string, en: string, values?: Readonly<Record<string, Words>>];
type Table = Readonly<Record<string, KeyWords>>;

const under = (path: string, table: Table): Table =>
  Object.fromEntries(Object.entries(table).map(([key, words]) => [`${path}.${key}`, words]));

const WEEK: Table = {
  daily: ['每天的开放时间', 'every day'],
  weekdays: [
    '周一至周五及调休上班日；比 `daily` 优先',
    'Monday to Friday and make-up working days; before `daily`',
  ],
  weekend: ['周六与周日；比 `daily` 优先', 'Saturday and Sunday; before `daily`'],
  mon: ['周一；比 `weekdays` 优先', 'Monday; before `weekdays`'],
  tue: ['周二；比 `weekdays` 优先', 'Tuesday; before `weekdays`'],
  wed: ['周三；比 `weekdays` 优先', 'Wednesday; before `weekdays`'],
  thu: ['周四；比 `weekdays` 优先', 'Thursday; before `weekdays`'],
  fri: ['周五；比 `weekdays` 优先', 'Friday; before `weekdays`'],
  sat: ['周六；比 `weekend` 优先', 'Saturday; before `weekend`'],
  sun: ['周日；比 `weekend` 优先', 'Sunday; before `weekend`'],
};

const DEVICE_KINDS = {
  dispenser: ['取号机', 'ticket dispenser'],
  caller: ['叫号器', 'caller of a window'],
  evaluator: ['评价器', 'evaluator of a window'],
  counter: ['客流计数器', 'people counter'],
  screen: ['屏幕', 'screen'],
  kiosk: ['自助机', 'kiosk'],
  speaker: ['音箱', 'speaker'],
  sensor: ['传感器', 'sensor'],
  camera: ['摄像机', 'camera'],
  network: ['交换机、网关等网络设备', 'switch, gateway or the like'],
  other: ['其他', 'anything else'],
} as const satisfies Readonly<Record<string, Words>>;

const CALLER: Table = {
  next_call: [
    '同一窗口叫下一个号时，前一个号如何处理',
    'what a next call at the same window says of the visitor called there before',
    {
      auto: [
        '叫号后不足 `no_show_under_s` 秒为过号，否则为办结',
        'did not come where the call lasted less than `no_show_under_s`, else is done',
      ],
      completes: ['办结', 'is done'],
      no_show: ['过号', 'did not come'],
      keep: ['不处理', 'nothing'],
    },
  ],
  serving_after_s: [
    '没有收到 `serving` 时，叫号多少秒后视为开始办理；0 表示叫号即开始',
    'seconds after the call at which service begins, where no `serving` came; 0: with the call',
  ],
  no_show_under_s: [
    '叫号后不足这么多秒就叫下一个，视为无人应答；0 表示每次叫号都有人应答',
    'a call that lasted less than so many seconds found nobody; 0: every call found its visitor',
  ],
  service_max_min: [
    '无人办结的办理在多少分钟后结束，且不计入平均时长',
    'minutes after which a service that nobody ended ends; it is left out of mean times',
  ],
};

const STAFF_ACCESS = {
  open: ['所有能访问 HTTP 端口的人', 'everyone who reaches the HTTP port'],
  loopback: [
    '仅限网关所在的电脑，经代理转发的不算',
    'on the gateway’s own machine only, not through a proxy',
  ],
} as const satisfies Readonly<Record<string, Words>>;

const SILENCE: Words = [
  '开放时间内多少秒没有任何信号即为静默；设备自己的 `silence_s` 优先',
  'seconds without any signal, opening hours only, after which such a device is silent; a device’s own `silence_s` takes precedence',
];

export const KEYS: Table = {
  hall: ['大厅本身', 'the hall itself'],
  'hall.id': [
    '大厅编号，即 MQTT 主题 `hall/{大厅}/…` 中的一级',
    'the id of the hall, as in the MQTT topics `hall/{hall}/…`',
  ],
  'hall.name': ['大厅名称', 'the name of the hall'],
  'hall.timezone': ['时区，如 `Asia/Shanghai`', 'an IANA time zone such as `Asia/Shanghai`'],
  'hall.level': [
    '大厅级别',
    'the level of administration',
    {
      province: ['省', 'province'],
      city: ['市', 'city'],
      county: ['县', 'county'],
      township: ['乡镇', 'township'],
      village: ['村', 'village'],
    },
  ],
  'hall.parent': ['上级大厅的编号', 'the id of the hall one level up'],
  'hall.demo': ['并非真实大厅，各页面都会标明', 'a hall that is not real: every page says so'],
  'hall.address': ['地址', 'the address'],
  'hall.phone': ['电话', 'the telephone number'],
  'hall.complaint_phone': ['投诉电话', 'the number for complaints'],

  hours: [
    '开放时间，越具体越优先；不写为全天开放',
    'opening hours, the most specific entry counts; left out: open day and night',
  ],
  ...under('hours', WEEK),
  'hours.seasons': ['每年某段时间另定的开放时间', 'other hours in a part of every year'],
  'hours.seasons[].from': ['第一天', 'the first day'],
  'hours.seasons[].to': ['最后一天', 'the last day'],
  ...under('hours.seasons[]', WEEK),
  'hours.holidays': [
    '是否执行法定节假日与调休',
    'whether public holidays and make-up working days apply',
    { cn: ['执行国务院办公厅的放假安排', 'those of China'], none: ['不执行', 'none'] },
  ],
  'hours.holiday_dates': [
    '放假安排：程序尚不知道的年份，或地方假日',
    'holidays that the program does not know yet, or holidays of the hall’s own',
  ],
  'hours.holiday_dates[].from': ['放假的第一天', 'the first day off'],
  'hours.holiday_dates[].to': ['放假的最后一天', 'the last day off'],
  'hours.holiday_dates[].name': ['节日名称', 'the name of the holiday'],
  'hours.holiday_dates[].working': ['调休上班日', 'the make-up working days'],
  'hours.exceptions': ['某一天另定时间，或不开放', 'single days with other hours, or none'],
  'hours.exceptions[].date': ['哪一天', 'the day'],
  'hours.exceptions[].open': [
    '当天的开放时间，`[]` 为不开放',
    'the hours of that day; `[]`: closed',
  ],
  'hours.exceptions[].name': ['原因', 'the reason'],

  departments: ['部门', 'departments'],
  'departments[].name': [
    '部门名称，其他各处按此名称引用',
    'the name, by which other parts of the file name the department',
  ],
  'departments[].phone': ['电话', 'the telephone number'],

  floors: ['楼层', 'floors'],
  'floors[].id': ['楼层编号', 'the id of the floor'],
  'floors[].name': ['楼层名称', 'its name'],
  'floors[].plan': [
    '平面图（SVG）：大厅文件所在目录内的相对路径，或 `content:哈希`。元素的 id 与区域、窗口、设备或屏幕的编号相同者随数据变化；不写则按区域和窗口自动排布',
    'the plan (SVG): a path within the folder of the hall file, or `content:HASH`. Elements whose id is that of a zone, window, device or screen come alive; without a plan the floor is laid out from its zones and windows',
  ],

  zones: ['区域', 'zones, which are parts of a floor'],
  'zones[].id': ['区域编号', 'the id of the zone'],
  'zones[].name': ['区域名称', 'its name'],
  'zones[].floor': ['所在楼层', 'the floor that it is on'],
  'zones[].kind': [
    '区域类型',
    'what the zone is for',
    {
      waiting: ['等候', 'waiting'],
      windows: ['窗口', 'windows'],
      'self-service': ['自助', 'self-service'],
      advice: ['咨询', 'advice'],
      entrance: ['入口', 'entrance'],
      parking: ['停车', 'parking'],
      other: ['其他', 'anything else'],
    },
  ],
  'zones[].capacity': ['核定容纳人数', 'how many people it is rated for'],
  'zones[].seats': ['座位数', 'how many seats it has'],

  queues: ['队列', 'queues'],
  'queues[].id': ['队列编号', 'the id of the queue'],
  'queues[].name': ['队列名称', 'its name'],
  'queues[].zone': ['在哪个区域等候', 'the zone in which its visitors wait'],
  'queues[].prefix': ['号码的字头，如 `A`', 'what its numbers begin with, such as `A`'],

  services: ['事项', 'services'],
  'services[].id': ['事项编号', 'the id of the service'],
  'services[].name': ['事项名称', 'its name'],
  'services[].department': ['办理部门', 'the department in charge'],
  'services[].queue': ['在哪个队列取号', 'the queue in which its visitors wait'],
  'services[].materials': ['所需材料', 'the documents to bring'],

  windows: ['窗口', 'windows'],
  'windows[].id': ['窗口编号', 'the id of the window'],
  'windows[].label': [
    '群众看到的窗口号，同一区域内不得重复；不写为编号',
    'the number that visitors see, different within a zone; left out: the id',
  ],
  'windows[].name': ['窗口名称', 'its name'],
  'windows[].zone': ['所在区域', 'the zone that it is in'],
  'windows[].queues': ['办理哪些队列', 'the queues that it serves'],
  'windows[].department': ['所属部门', 'the department that works there'],
  'windows[].role': [
    '前台或后台',
    'whether it serves visitors',
    {
      front: ['前台', 'it does'],
      back: [
        '后台，不计入负荷、建议、等候估计与开放窗口数',
        'a back office, which does not count for load, advice, estimates and the number of open windows',
      ],
    },
  ],
  'windows[].chief': ['负责人，不对外显示', 'the person responsible, never shown in public'],
  'windows[].posts': [
    'AB 岗：谁在岗、谁顶岗',
    'AB posts (AB岗): who works there, and who takes over',
  ],
  'windows[].posts.a': ['A 岗，工作人员编号', 'post A, by the id of `staff`'],
  'windows[].posts.b': ['B 岗，工作人员编号', 'post B, by the id of `staff`'],
  'windows[].direction': [
    '从该区域叫号屏看过去，窗口在哪个方向（决定屏上的箭头）',
    'where the window lies for someone who looks at its zone’s board, which shows an arrow',
    {
      left: ['左', 'left'],
      right: ['右', 'right'],
      ahead: ['前', 'ahead'],
      behind: ['后', 'behind'],
      'left-ahead': ['左前', 'ahead on the left'],
      'right-ahead': ['右前', 'ahead on the right'],
      up: ['上楼', 'upstairs'],
      down: ['下楼', 'downstairs'],
    },
  ],

  devices: ['设备', 'devices'],
  'devices[].id': [
    '设备编号，即其 MQTT 主题中的一级，也应是其 MQTT 客户端标识',
    'the id of the device, as in its MQTT topic; it should be its MQTT client id too',
  ],
  'devices[].kind': ['设备类型', 'what the device is', DEVICE_KINDS],
  'devices[].name': ['设备名称', 'its name'],
  'devices[].zone': ['所在区域', 'the zone that it is in'],
  'devices[].window': ['所在窗口', 'the window that it belongs to'],
  'devices[].via': [
    '所接的交换机或网关：它断电时只报一条故障',
    'the switch or gateway device that it is connected through: lost together, they are one fault',
  ],
  'devices[].silence_s': [
    '该设备自己的静默时限（秒），代替 `silence` 中的',
    'its own limit of silence in seconds, instead of that of `silence`',
  ],
  'devices[].source': [
    '消息来自哪个来源（`sources` 的 `name`）',
    'the source whose messages are this device’s (`name` under `sources`)',
  ],
  'devices[].address': [
    '在该来源中的名称；不写为编号',
    'its name within that source; left out: the id',
  ],
  'devices[].same_as': [
    '本条目是那台设备的另一个名称，两者算同一个发送方',
    'another name of that device: both are one sender',
  ],
  'devices[].caller': [
    '该叫号器自己的设置，未写的按 `callers`',
    'its own settings; what is left out is that of `callers`',
  ],
  ...under('devices[].caller', CALLER),
  'devices[].installed': ['安装日期', 'when it was installed'],
  'devices[].service_life_years': ['使用年限（年）', 'how many years it is meant to work'],

  sources: [
    '厂商设备的消息：内置协议写 `use`，其他协议逐个主题映射',
    'vendors’ messages: `use` for a built-in protocol; any other one is mapped topic by topic',
  ],
  'sources[].name': [
    '来源的名称，用于设备、死信与指标',
    'the name of the source, for devices, dead letters and metrics',
  ],
  'sources[].topic': [
    '读取的主题；层级可为 `{名称}`、`lamp-{名称}`、`+`，末尾可为 `#`；首层为 `hall` 以外的固定文字',
    'the topics to read; a level may be `{name}`, `lamp-{name}` or `+`, the last one `#`; the first is fixed text other than `hall`',
  ],
  'sources[].format': [
    '报文格式',
    'the format of the payload',
    {
      json: ['JSON', 'JSON'],
      csv: ['分列文本', 'text in columns'],
      pairs: ['`A=1;B=2`', '`A=1;B=2`'],
      query: ['`a=1&b=2`', '`a=1&b=2`'],
      xml: ['XML', 'XML'],
      text: ['全文在 `/text`', 'the whole payload is at `/text`'],
    },
  ],
  'sources[].encoding': ['报文编码', 'its character encoding'],
  'sources[].columns': [
    'CSV 的列名；没有 `header` 时必填',
    'the columns’ names of CSV; needed without `header`',
  ],
  'sources[].header': ['CSV 的首行是列名', 'the first line of CSV has the columns’ names'],
  'sources[].separator': ['CSV 或 pairs 的分隔符', 'what separates columns or pairs'],
  'sources[].each': [
    '指向列表的指针，每一项单独处理',
    'a pointer to a list: each entry is treated on its own',
  ],
  'sources[].device': [
    '模板：设备的编号，或以本来源为 `source` 的设备的 `address`',
    'a template: the id of a device, or the `address` of one that names this `source`',
  ],
  'sources[].kind': [
    '其设备的类型，显示在新发现的设备中',
    'what its devices are, shown where they are discovered',
    DEVICE_KINDS,
  ],
  'sources[].vendor': ['其设备的厂商', 'the maker of its devices'],
  'sources[].model': ['其设备的型号', 'the model of its devices'],
  'sources[].state_every_s': [
    '状态不变的设备最多每隔多少秒报告一次',
    'seconds between two status signals of a device whose status does not change',
  ],
  'sources[].signals': ['规则：报文变成哪些信号', 'the rules: which signals become of a message'],
  'sources[].signals[].stream': ['哪个信号流', 'the stream of the signal'],
  'sources[].signals[].type': [
    '信号的 `type`，也可像字段一样取自报文；该信号流只有一种时不必写',
    'the `type` of the signal, or where it stands in the message, as for a field; not needed where the stream has one',
  ],
  'sources[].signals[].when': [
    '条件：指针或模板 → 一个值、一组值，或以下各项；须全部成立',
    'conditions: a pointer or template → a value, several values, or the tests below; all of them must hold',
  ],
  'sources[].signals[].when.*.not': ['不等于', 'is none of these'],
  'sources[].signals[].when.*.present': ['是否有值', 'whether there is a value'],
  'sources[].signals[].when.*.above': ['大于', 'is greater than'],
  'sources[].signals[].when.*.below': ['小于', 'is less than'],
  'sources[].signals[].when.*.like': [
    '形如，`*` 为任意多个字符，`?` 为一个',
    'looks like; `*` is any characters, `?` is one',
  ],
  'sources[].signals[].fields': [
    '信号的字段 → 指针、模板，或以下各项',
    'the fields of the signal → a pointer, a template, or the keys below',
  ],
  'sources[].signals[].fields.*.from': [
    '指针、模板，或它们的列表（取第一个存在的）',
    'a pointer, a template, or a list of them: the first that exists',
  ],
  'sources[].signals[].fields.*.value': ['常量，代替 `from`', 'a constant, instead of `from`'],
  'sources[].signals[].fields.*.map': [
    '厂商的取值 → 信号的取值',
    'the vendor’s value → the signal’s value',
  ],
  'sources[].signals[].fields.*.default': [
    '值缺失，或 `map` 里没有时使用',
    'for a missing value, and for one that `map` does not have',
  ],
  'sources[].signals[].fields.*.time': [
    '时间的写法：`s`、`ms`、`iso`，或 `"yyyy-MM-dd HH:mm:ss"` 这样的格式',
    'how a time is written: `s`, `ms`, `iso`, or a pattern such as `"yyyy-MM-dd HH:mm:ss"`',
  ],
  'sources[].signals[].fields.*.timezone': [
    '该时间的时区；不写为大厅的时区',
    'the time zone of that time; left out: the hall’s',
  ],
  'sources[].signals[].fields.*.scale': ['乘以', 'multiplies the value'],
  'sources[].signals[].fields.*.offset': ['再加上', 'is added then'],
  'sources[].signals[].fields.*.round': ['保留几位小数', 'decimals to round to'],
  'sources[].signals[].fields.*.split': [
    '以此为分隔，把文字拆成列表',
    'splits a text into a list at this',
  ],
  'sources[].signals[].fields.*.pad': [
    '左侧补零到多少位',
    'adds zeros on the left up to so many characters',
  ],
  'sources[].signals[].id': [
    '模板：信号的标识；日期、设备与类型会自动加入',
    'a template of the signal’s id; date, device and type are added to it',
  ],

  screens: ['屏幕', 'screens'],
  'screens[].id': [
    '屏幕编号，页面地址为 `/screen/{编号}`',
    'the id of the screen; its page is `/screen/{id}`',
  ],
  'screens[].name': ['屏幕名称', 'its name'],
  'screens[].layout': [
    '显示什么',
    'what it shows',
    {
      calls: [
        '叫号屏，显示所在区域的叫号，不写 `zone` 为全厅',
        'the calls of its zone; without `zone`, of the whole hall',
      ],
      window: ['所属窗口的窗口屏', 'the sign of its `window`'],
      kiosk: ['自助查询机（目前还没有页面）', 'a kiosk (has no page yet)'],
      notice: [
        '公告屏，轮流显示 `notices` 与开放时间',
        'the `notices` in turn, with the opening hours',
      ],
      wall: ['大屏（目前还没有页面）', 'the leadership’s wall (has no page yet)'],
    },
  ],
  'screens[].zone': ['所在区域', 'the zone that it belongs to'],
  'screens[].window': ['所属窗口', 'the window that it belongs to'],
  'screens[].diagonal_in': ['对角线，英寸', 'the diagonal in inches'],
  'screens[].resolution': ['分辨率，像素', 'the pixels'],
  'screens[].distance_m': [
    '从多远观看，米；与尺寸、分辨率一起决定字号',
    'from how many metres it is read; with size and pixels it decides the type sizes',
  ],
  'screens[].orientation': [
    '横屏或竖屏，由分辨率得出，不必写',
    'follows from the resolution and need not be given',
    { landscape: ['横屏', 'wide'], portrait: ['竖屏', 'tall'] },
  ],

  staff: [
    '工作人员。没有名单时，可在此写 `open` 或 `loopback`，等于 `http.staff`',
    'the people who work here. A file without them may write `open` or `loopback` here, which means `http.staff`',
  ],
  'staff[].id': [
    '工作人员编号，即信号中的 `staff`',
    'the id of the person, as signals have it in `staff`',
  ],
  'staff[].name': ['姓名', 'the name'],
  'staff[].name_en': ['英文姓名', 'the name in English'],
  'staff[].post': ['职务', 'the post'],
  'staff[].department': ['部门', 'the department'],
  'staff[].photo': [
    '照片：大厅文件所在目录内的相对路径，或 `content:哈希`',
    'a photo: a path within the folder of the hall file, or `content:HASH`',
  ],
  'staff[].party': ['政治面貌', 'the political affiliation (政治面貌)'],

  duty: [
    '带班领导的轮值表。同一天有几条时取最具体的：日期，其次起止日期，再次星期，最后不限',
    'leaders on duty (部门领导带班). Of several of one day the most specific counts: one date, then from and to, then weekdays, then always',
  ],
  'duty[].staff': ['工作人员编号', 'the person, by the id of `staff`'],
  'duty[].from': ['起始日期', 'the first day'],
  'duty[].to': ['截止日期（含）', 'the last day, included'],
  'duty[].days': ['星期；不写表示每天', 'weekdays; without them every day'],

  cards: [
    '大屏上的静态事实和改革成果，须注明日期和来源',
    'facts and results of reforms that no device reports, for the wall, each with its date and source',
  ],
  'cards[].title': ['标题', 'what the number is'],
  'cards[].value': ['数值，按原样显示', 'the number, shown as it is'],
  'cards[].note': ['说明', 'what stands beside it'],
  'cards[].date': ['数据日期', 'the day of the number'],
  'cards[].source': ['来源', 'where the number comes from'],

  advice: ['处置建议', 'advices for queues that press'],
  'advice.lend_min': [
    '采纳后，窗口支援该队列的分钟数',
    'minutes for which windows that an advice lends serve the queue',
  ],
  'advice.dismiss_min': [
    '不采纳后，多少分钟内不再给出同一建议',
    'minutes for which an advice that was not taken is not given again',
  ],
  'advice.judge_min': [
    '以采纳后多少分钟内取号的人评价其效果',
    'an advice is judged by those who take a number within so many minutes after it',
  ],

  wall: ['领导大屏', 'the leadership wall'],
  'wall.scenes': [
    '轮播的画面及顺序：`overview` 总览，`queue` 登记叫号，`posts` 在线监督，`cases` 流程展现，`evaluation` 办结评议，`departments` 部门对比，`floor` 各楼层，`halls` 四级大厅',
    'the scenes that turn, in their order: `overview` the hall in four seconds, `queue` queues and calls, `posts` who is present, `cases` cases on their way, `evaluation` evaluations, `departments` departments compared, `floor` one floor large, `halls` the halls of the tree',
  ],
  'wall.scene_seconds': ['每个画面停留秒数', 'seconds that a scene stands'],
  'wall.theme': [
    '日间或夜间配色',
    'light or dark',
    { day: ['日间', 'light'], night: ['夜间', 'dark'] },
  ],

  neighbours: [
    '四级大厅画面对比的其他大厅，按显示顺序',
    'the other halls that the scene `halls` compares, in their order',
  ],
  'neighbours[].id': ['那个大厅的编号', 'the id of that hall'],
  'neighbours[].name': [
    '显示的名称；不写则用该大厅自报的名称',
    'its name here; without it the one that it says itself',
  ],
  'neighbours[].level': [
    '显示的层级；不写则用该大厅自报的层级',
    'its level here; without it the one that it says itself',
  ],

  thresholds: ['等候与负荷的界限', 'limits of waits and loads'],
  'thresholds.wait_min': [
    '等候多少分钟后显示黄、橙、红；依次不减小',
    'minutes of waiting for amber, orange and red; none is less than the one before',
  ],
  'thresholds.order_s': [
    '叫号顺序的容差（秒）：取号或叫号时间相差不超过此值的，不算插队',
    'tolerance of the call order in seconds: two who came, or were called, within this time of each other are in order',
  ],
  'thresholds.load': [
    '窗口负荷达到多少显示黄、红；1 为满负荷',
    'load per window for amber and red; 1 is full',
  ],

  board: ['叫号屏', 'call boards'],
  'board.call_seconds_min': [
    '每次叫号在屏上的最短时间（秒）',
    'seconds that a call stays on the board at least',
  ],
  'board.hero_seconds_min': [
    '大号显示的最短时间（秒）',
    'seconds that a call is shown large at least',
  ],
  'board.page_seconds': [
    '一页放不下时，每页停留的时间（秒）',
    'seconds for each page where there are more calls than fit',
  ],
  'board.missed_minutes': [
    '过号在角落保留多久（分钟）',
    'minutes that a missed number stays in its corner',
  ],
  'board.theme': ['配色', 'the colours', { day: ['日间', 'bright'], night: ['夜间', 'dark'] }],

  freshness: ['多久没有消息即为过时', 'without a message for how long a value is outdated'],
  'freshness.page_s': [
    '页面多少秒没有消息即视为过时',
    'seconds after which a page marks itself outdated',
  ],
  'freshness.occupancy_s': [
    '开放时间内，客流计数多少秒没有消息视为过时',
    'seconds in opening hours after which a count of people is outdated',
  ],
  'freshness.device_s': [
    '开放时间内，从未报告 `online` 的设备多少秒没有消息视为过时',
    'seconds in opening hours after which a device that never sent `online` is outdated',
  ],

  silence: ['各类设备的静默时限', 'limits of silence, by kind of device'],
  ...under('silence', Object.fromEntries(Object.keys(DEVICE_KINDS).map((kind) => [kind, SILENCE]))),
  'silence.connected': [
    '报告过自身状态的设备（断线由遗嘱告知）至少按此时限（秒）',
    'seconds; at least this limit holds for a device that reports its status, as its last will says when it is gone',
  ],

  faults: ['什么算故障', 'what is a fault'],
  'faults.after_s': ['失联多少秒才算故障', 'seconds until a lost device is a fault'],
  'faults.calm_s': ['消失多少秒才算结束', 'seconds without the fault until it ends'],
  'faults.opening_min': [
    '开门后给设备多少分钟开机',
    'minutes that devices have to start after opening',
  ],
  'faults.together_min': [
    '`together_s` 秒内失联达到多少台，合为一条故障',
    'so many devices lost within `together_s` are one fault',
  ],
  'faults.together_s': ['见 `together_min`（秒）', 'seconds, for `together_min`'],
  'faults.flapping_times': [
    '`flapping_min` 分钟内断线多少次为反复断线',
    'a device that is lost so often within `flapping_min` has an unstable connection',
  ],
  'faults.flapping_min': ['见 `flapping_times`（分钟）', 'minutes, for `flapping_times`'],
  'faults.clock_s': [
    '设备时钟偏差超过多少秒为故障',
    'seconds by which a device’s clock may differ',
  ],
  'faults.paper_pct': ['纸量低于多少（%）为故障', 'paper below so many % is a fault'],
  'faults.battery_pct': ['电量低于多少（%）为故障', 'a battery below so many % is a fault'],
  'faults.temp_c': ['温度高于多少（℃）为故障', 'a temperature above so many °C is a fault'],
  'faults.rssi_dbm': [
    '无线信号弱于多少（dBm）为故障',
    'a radio signal below so many dBm is a fault',
  ],
  'faults.link_rtt_ms': [
    '网络线路往返时延高于多少毫秒为故障',
    'a round-trip time of a network line above so many ms is a fault',
  ],
  'faults.link_loss_pct': [
    '网络线路丢包率高于多少（%）为故障',
    'more packets lost on a network line than so many % is a fault',
  ],
  'faults.holidays_days': [
    '距不知道放假安排的年份还有多少天时报故障',
    'days before a year with unknown holidays from which that is a fault',
  ],
  'faults.holidays_urgent_days': ['还有多少天时列为紧急', 'days from which that fault is urgent'],

  callers: [
    '叫号器上报不全时如何推断',
    'what follows from a call where the caller reports no more',
  ],
  ...under('callers', CALLER),

  limits: ['各项上限', 'limits of what is kept, taken and answered'],
  'limits.tickets_max': ['实时状态中的号数', 'visits in the live state'],
  'limits.devices_max': ['实时状态中的设备数', 'devices in the live state'],
  'limits.discovered_max': [
    '已发现、尚不属于大厅的设备数',
    'devices that send and are not in the hall file',
  ],
  'limits.source_list_mib': [
    '内置协议读取的整个网络设备列表（MiB），MQTT 报文上限随之而定',
    'the largest list of a whole network that built-in protocols read, MiB; with it the largest MQTT packet',
  ],
  'limits.source_memory_mib': [
    '数据源须跨重启记住的内容（MiB，`sources.sqlite`）',
    'what sources keep over a restart (`sources.sqlite`), MiB',
  ],
  'limits.staff_max': ['实时状态中的工作人员数', 'people at work in the live state'],
  'limits.cases_max': ['实时状态中的办件数', 'cases in the live state'],
  'limits.past_days': [
    '早于这么多天的事件会被拒收，除非它是实时事件',
    'days; an older event is refused, unless it is a live one',
  ],
  'limits.visit_hours': [
    '午夜仍开放的大厅中，无人办结的号在最后一步之后多少小时结束',
    'hours after its last step at which a forgotten visit ends, in a hall that is open at midnight',
  ],
  'limits.connections_max': [
    'MQTT 连接数；为 `devices` 中的设备各留一个，最多留一半',
    'MQTT connections; as many as `devices` lists are kept for them, half at most',
  ],
  'limits.pages_max': ['同时打开的页面数', 'pages that are open at the same time'],
  'limits.pages_per_address': [
    '同一地址可打开的页面数；大厅文件中的每块屏另有四个专用名额；不写为 `pages_max` 的一半。经代理访问时，所有页面都显示为代理的地址，应调到与 `pages_max` 相同',
    'pages of one address, beside four for each screen of the file; left out: half of `pages_max`. Behind a proxy all pages have the proxy’s address: raise it to `pages_max`',
  ],
  'limits.requests_per_s': [
    '同一地址每秒的 HTTP 请求（长期）。完整状态按 10 次计，流水和历史按 20 次计，页面文件按 0.1 次计；超出时返回 429 和 `Retry-After`',
    'HTTP requests of one address in the long run. The whole state counts 10, journal and history 20, a page’s file a tenth; what is beyond gets 429 with `Retry-After`',
  ],
  'limits.requests_burst': ['同一地址瞬时的 HTTP 请求', 'HTTP requests of one address at once'],
  'limits.requests_open': [
    '同一地址同时应答的 HTTP 请求',
    'HTTP requests of one address that are being answered',
  ],
  'limits.device_signals_per_s': [
    '内置服务器：一台设备每秒的信号；超过后先减速，再断开',
    'embedded broker: signals of one device in the long run; one that sends more is slowed down, then disconnected',
  ],
  'limits.device_signals_burst': [
    '内置服务器：一台设备瞬时的信号',
    'embedded broker: signals of one device at once',
  ],
  'limits.journal_mib': [
    '流水超过这一大小（MiB）后，拒收未登记设备的消息；0 为只受磁盘限制',
    'MiB of the journal from which signals of devices that are not listed are refused; 0: as much as the disk has',
  ],
  'limits.disk_free_mib': [
    '数据目录所在磁盘为已登记设备留出的空间（MiB，磁盘小时按 5%）；不足时拒收其他设备的消息（`budget:journal`）',
    'MiB of the data folder’s disk (5 % of it, if that is less) kept for the devices under `devices`: when less is free, signals of others are refused (`budget:journal`)',
  ],
  'limits.content_file_mib': [
    '单个文件的上限（MiB）；图片最大 16，SVG 最大 4',
    'the largest stored file, MiB; pictures at most 16, SVG at most 4',
  ],
  'limits.content_mib': [
    '全部文件的总量（MiB）；超出后拒绝上传（`budget:content`）',
    'all stored files together, MiB; beyond it uploads are refused (`budget:content`)',
  ],
  'limits.content_files_max': [
    '上传的文件个数；超出后拒绝上传（`budget:content-files`）',
    'how many uploaded files there are; beyond it uploads are refused (`budget:content-files`)',
  ],
  'limits.packet_kib': [
    'MQTT 报文的大小（KiB）；更大的使连接断开，写入日志并报故障',
    'KiB of an MQTT packet; a larger one closes its connection (log and fault)',
  ],
  'limits.packet_s': [
    'MQTT 报文开始后须在多少秒内收完',
    'seconds within which an MQTT packet that began has to be whole',
  ],
  'limits.address_connections_max': [
    '同一地址上未登记客户端的 MQTT 连接数。这类设备经同一网关或 NAT 接入且更多时，请调大',
    'MQTT connections from one address of clients that `devices` does not list. Behind a gateway or NAT with more such devices, raise it',
  ],
  'limits.address_signals_per_s': [
    '同一地址上未登记客户端合计每秒的信号',
    'signals in the long run of all clients of one address that `devices` does not list',
  ],
  'limits.address_signals_burst': [
    '同一地址上未登记客户端合计瞬时的信号',
    'signals at once of all clients of one address that `devices` does not list',
  ],
  'limits.device_kib_per_s': [
    '单个客户端每秒的 KiB；允许一次用掉八秒的额度',
    'KiB a second of one client; eight seconds’ worth at once',
  ],
  'limits.address_kib_per_s': [
    '同一地址上未登记客户端合计每秒的 KiB；允许一次用掉八秒的额度',
    'KiB a second of all clients of one address that are not listed; eight seconds’ worth at once',
  ],
  'limits.address_deliveries_per_s': [
    '每秒发给同一地址上未登记订阅者的消息；允许一次用掉十秒的额度，超过即断开该订阅者',
    'messages a second to all subscribers of one address that are not listed; ten seconds’ worth at once, beyond it a subscriber is closed',
  ],
  'limits.silent_min': [
    '未登记、且没有 300 秒以内 keep-alive 的客户端，静默多少分钟后断开；连接数不足时 450 秒即断开',
    'minutes of silence after which a client is closed that is not listed and has no keep-alive up to 300 s; sooner (450 s) where connections are short',
  ],
  'limits.mqtt_memory_mib': [
    '全部 MQTT 连接占用的内存（MiB）；超过时先断开占用最多的未登记客户端',
    'MiB that MQTT connections hold; beyond it the largest client that is not listed is closed',
  ],
  'limits.qos2_max': ['尚未释放的 QoS 2 报文标识', 'QoS 2 packet ids that were not released'],
  'limits.retained_max': ['保留消息数', 'retained messages'],
  'limits.retained_mib': [
    '保留消息的总大小（MiB）；`hall/` 下每条最多 4 KiB',
    'MiB of retained messages; under `hall/` up to 4 KiB each',
  ],
  'limits.sessions_max': [
    '使用 `relay` 时：断开后仍保留的会话数',
    'with `relay`: sessions that outlive their connection',
  ],
  'limits.queued_max': [
    '使用 `relay` 时：每个会话等待的消息数',
    'with `relay`: messages that wait for one session',
  ],
  'limits.queued_mib': [
    '使用 `relay` 时：全部等待的消息（MiB）',
    'with `relay`: MiB of all that waits',
  ],

  broker: [
    '与自有消息服务器（`--broker`）的会话',
    'the session at an external broker (`--broker`)',
  ],
  'broker.client_id': [
    'MQTT 客户端标识；不写为 `hallcast-{大厅}`',
    'the MQTT client id; left out: `hallcast-{hall}`',
  ],
  'broker.session_expiry_days': [
    '网关没有取走的消息，服务器保留多少天',
    'days that the broker keeps messages that the gateway has not fetched',
  ],
  'broker.receive_max': [
    '在途而尚未确认的消息数',
    'messages that may be on their way without an acknowledgement',
  ],
  'broker.keep_alive_s': [
    '断线在其 1.5 倍时间（秒）内发现；主备网关看 `standby.keep_alive_s`',
    'seconds; a dead connection is noticed after 1.5 times this; in a pair: `standby.keep_alive_s`',
  ],

  history: ['向 InfluxDB 写入（`--influx`）', 'how points are written to an InfluxDB (`--influx`)'],
  'history.batch': ['每个请求的数据点数', 'points in a request'],
  'history.batch_kib': ['每个请求的大小（KiB）', 'KiB of a request'],
  'history.in_flight': ['同时进行的请求数', 'requests at the same time'],
  'history.timeout_s': [
    '没有应答的请求等多少秒就放弃',
    'seconds after which a request to a hung server is given up',
  ],
  'history.retry_s_max': [
    '两次尝试之间最长等多少秒',
    'the longest wait between attempts, in seconds',
  ],
  'history.verify_s': [
    '每隔多少秒核对一次已确认的数据点',
    'seconds between two checks of confirmed points',
  ],

  retention: ['保留期限', 'how long things are kept'],
  'retention.journal_days': [
    '更早的流水会被清理，其标识仍被记住；也是数据库最多可以离线的天数',
    'days; older entries are deleted, their ids are remembered. So long the database may be away',
  ],
  'retention.history_days': [
    '更早的原始数据点会被删除；0 为永久保留',
    'days; older points are deleted; 0: never',
  ],
  'retention.facts_days': [
    '办理记录与小时汇总的保留天数；0 为永久保留，不写为 3660',
    'days that visits and hourly sums are kept; 0: for ever; left out: 3660',
  ],
  'retention.rollup_days': [
    '`facts_days` 的旧名，在未写 `facts_days` 时有效',
    'the name of `facts_days` in earlier versions; counts where that is left out',
  ],
  'retention.dead_letters_max': [
    '死信条数；超过后先删占用最多的发送方的最早几条，并计数',
    'dead letters; beyond it the oldest of the sender with the largest share are deleted, and counted',
  ],
  'retention.dead_letters_mib': [
    '死信的主题、原因与原文的总大小（MiB），超过后同上',
    'MiB of their topics, reasons and payloads together; beyond it the same',
  ],
  'retention.content_days': [
    '没有任何地方引用的文件，自上传或最后一次使用起保留的天数',
    'days after which a stored file that nothing names is removed, counted from its upload or last use',
  ],

  notices: ['公告', 'notices'],
  'notices[].title': ['标题', 'the title'],
  'notices[].body': ['正文', 'the text'],
  'notices[].from': ['显示的第一天', 'the first day on which it is shown'],
  'notices[].to': ['显示的最后一天', 'the last day on which it is shown'],

  http: ['网页与接口', 'pages and API'],
  'http.hosts': [
    '访问网关所用的完整域名，如 `hall.example.gov.cn`；IP 地址、不带点的名称、`.local` 与 `.internal` 无需列出。其他名称一律拒绝（421），以免外部网站冒充本系统页面',
    'full names under which people reach the gateway, such as `hall.example.gov.cn`; addresses, names without a dot, `.local` and `.internal` need not be listed. Other names are refused (421), so that no foreign website can pose as a page of the gateway',
  ],
  'http.staff': [
    '在账号功能提供之前，工作页面与接口对谁开放；大厅屏幕与自助机不受影响',
    'where the pages and the API for staff are answered until there are accounts; screens and kiosks are answered everywhere',
    STAFF_ACCESS,
  ],

  summary: ['发布到消息服务器的大厅摘要', 'the summary that is published at the broker'],
  'summary.every_s': [
    '有变化时，两次之间至少多少秒',
    'seconds between two summaries at least, while something changes',
  ],
  'summary.at_least_s': [
    '无变化时，两次之间至多多少秒',
    'seconds between two summaries at most, while nothing does',
  ],

  standby: ['主备两个网关（`--peer`）', 'two gateways (`--peer`)'],
  'standby.confirm_s': [
    '备用网关超过这么多秒没有确认就被移出同步',
    'seconds; a standby that has not confirmed an entry by then is detached',
  ],
  'standby.keep_alive_s': [
    '主网关线路中断，在其 1.5 倍时间（秒）内发现',
    'seconds; a leader whose connection is dead is noticed after 1.5 times this',
  ],
  'standby.yield_s': [
    '启动时，流水较旧的一方先让对方担任主网关，最多等这么多秒',
    'seconds; at a start, a gateway with an older journal waits so long for the other one to lead',
  ],
  'standby.patience_s': [
    '会话被接管的一方，等待新的主网关声明，最多这么多秒，之后自己接管',
    'seconds; a gateway whose session was taken waits so long for the new leader’s announcement, then takes the session itself',
  ],
  'standby.pages': [
    '人和屏幕打开两个网关页面所用的地址，如 `http://10.0.0.1:8080`；不写为 `--peer` 的地址',
    'where people and screens open the two gateways’ pages, such as `http://10.0.0.1:8080`; left out: the address of `--peer`',
  ],
  'standby.pages_after_s': [
    '页面这么多秒收不到网关的消息、网关也不应答时，转到另一个网关',
    'seconds; a page that gets no message from its gateway for so long, and no answer, changes to the other one',
  ],

  intake: [
    '谁可以发布信号',
    'who may publish signals',
    {
      open: ['任何设备', 'any device'],
      listed: ['只有 `devices` 中列出的设备', 'only devices under `devices`'],
    },
  ],
  emergency_from: [
    '可以触发紧急警报的设备；`[]` 为一台也不行，不写为任何设备',
    'the devices that may raise an alarm; `[]`: none; left out: any',
  ],
  relay: [
    '不属于大厅、但在 MQTT 客户端之间转发的消息：主题过滤器，或以下各项',
    'messages that are not the hall’s and are passed on between MQTT clients: a topic filter, or the keys below',
  ],
  'relay[].topics': ['主题过滤器，如 `home/#`', 'topic filters such as `home/#`'],
  'relay[].publish': [
    '可以发布的客户端标识；不写为所有客户端',
    'client ids that may publish there; left out: all',
  ],
  'relay[].subscribe': [
    '可以订阅的客户端标识；不写为所有客户端',
    'client ids that may subscribe; left out: all',
  ],
};

/** Keys of sources that say `use`: those that all have, then those of one protocol. */
export const READY: Table = {
  use: ['内置协议', 'the built-in protocol'],
  name: ['来源的名称；不写同 `use`', 'the name of the source; left out: that of `use`'],
  devices_max: [
    '记住的设备数；超出时最久没有消息的先被遗忘',
    'devices that are remembered; beyond it the one that was silent for longest is forgotten',
  ],
  memory_mb: [
    '记住的名称等内容（MB）；超出时同上',
    'MB of names and the like that are remembered; beyond it the same',
  ],
  'zigbee2mqtt.base': ['Zigbee2MQTT 的根主题', 'the base topic of Zigbee2MQTT'],
  'tasmota.full_topic': ['设备上设置的 `FullTopic`', 'the `FullTopic` that devices are set to'],
  'tasmota.tele': ['遥测前缀（`Prefix3`）', 'the prefix of telemetry (`Prefix3`)'],
  'tasmota.stat': ['状态前缀（`Prefix2`）', 'the prefix of states (`Prefix2`)'],
  'shelly.prefixes': [
    '设备的主题前缀，`+` 为任意一级',
    'topic prefixes of the devices, `+` for any level',
  ],
  'shelly.asker': [
    '网关以此名称询问设备，应答在 `{asker}/rpc`',
    'the name under which devices are asked; answers come on `{asker}/rpc`',
  ],
  'shelly.ask': ['是否询问设备的名称与型号', 'whether devices are asked for their name and model'],
  'shelly.ask_s': [
    '同一设备最多每隔多少秒询问一次',
    'seconds between two questions to one device at least',
  ],
  'shelly.asks_max': [
    '这段时间内所有设备合计最多询问多少次',
    'questions to all devices together within that time',
  ],
  'homie.domain': ['Homie 的根主题', 'the root topic of Homie'],
  'homie.properties_max': ['一台设备的属性数', 'properties of one device'],
  'sparkplug.groups': ['只读这些组；`[]` 为全部', 'only these groups; `[]`: all'],
  'sparkplug.metrics_max': ['一条消息的指标数', 'metrics of one message'],
  'sparkplug.rebirth_s': [
    '同一节点最多每隔多少秒请求一次重发 birth',
    'seconds between two requests to one node for its births at least',
  ],
  'sparkplug.rebirths_max': [
    '这段时间内所有节点合计最多请求多少次',
    'requests to all nodes together within that time',
  ],
  'home-assistant.prefix': ['discovery 的根主题', 'the root topic of discovery'],
  'home-assistant.topics': [
    '状态与可用性所在的主题；只订阅列出的',
    'where states and availabilities are published; only these are subscribed to',
  ],
  'home-assistant.entities_max': ['记住的实体数', 'entities that are remembered'],
};
