// What the commands and their fields mean, in both languages. A command or a field without its entry here does not compile.
import type { COMMANDS, CommandType } from '../../hall/command.ts';
import type { KeyWords } from './key-words.ts';
import type { Words } from './schema.ts';
import { SIGNALS } from './signal-words.ts';

type CommandWords = {
  readonly [T in CommandType]: {
    /** its English is the command's own `summary` */
    readonly zh: string;
    readonly fields: { readonly [F in keyof (typeof COMMANDS)[T]['fields']]: KeyWords };
  };
};

/** Fields that every command may have. */
export const COMMON: { readonly [F in 'id' | 'at']: Words } = {
  id: [
    '使重复提交无害：相同标识只执行一次，得到相同应答；不写则由网关编',
    'makes a repeat harmless: the same answer, no second effect; left out: the gateway makes one',
  ],
  at: ['事后补录时，事情发生的时刻', 'when it happened, where it is entered afterwards'],
};

const SOURCE: Words = [
  '设备的来源；`mqtt` 为直接按本协议上报',
  'the source of the device; `mqtt`: it speaks the contract itself',
];
const ADDRESS: Words = ['设备在该来源中的名称', 'the name of the device within that source'];
const ADVISED_QUEUE: Words = ['建议所说的队列', 'the queue that the advice is about'];
const ADVICE_KIND: KeyWords = [
  '看到的建议种类；此时已变则拒绝',
  'the kind of advice that was seen; refused where it has changed since',
];
const { state, staff, substitute, reason } = SIGNALS.window.fields;

export const COMMAND_WORDS: CommandWords = {
  'device.accept': {
    zh: '接受新发现的设备：立即成为大厅的设备，永久有效',
    fields: {
      source: SOURCE,
      address: ADDRESS,
      device: [
        '设备在大厅中的编号；不写同 `address`',
        'the id that the device gets; left out: its `address`',
      ],
      kind: [
        '设备类型，同大厅文件的 `devices[].kind`',
        'what it is, as `devices[].kind` of the hall file',
      ],
      zone: ['所在区域', 'the zone that it is in'],
      window: ['所在窗口', 'the window that it belongs to'],
      via: ['所接的交换机或网关', 'the switch or gateway device that it is connected through'],
      name: ['设备名称', 'its name'],
    },
  },
  'device.ignore': {
    zh: '不再列出该设备，直到被遗忘或接受',
    fields: { source: SOURCE, address: ADDRESS },
  },
  'device.forget': {
    zh: '撤销接受或忽略：再有消息时，重新列为新发现的设备',
    fields: { source: SOURCE, address: ADDRESS },
  },
  'window.set': {
    zh: '设置窗口状态，如同窗口自己的设备上报',
    fields: { window: ['窗口', 'the window'], state, staff, substitute, reason },
  },
  'window.assign': {
    zh: '让窗口改办其他队列，可限定到某一时刻；不写 `queues` 则恢复大厅文件中的',
    fields: {
      window: ['窗口', 'the window'],
      queues: ['改办哪些队列', 'the queues that it serves'],
      until: ['到什么时候为止；不写为一直有效', 'until when; left out: for good'],
    },
  },
  'advice.take': {
    zh: '采纳某队列的处置建议：空闲窗口支援该队列一段时间，其他窗口则记为已请开放',
    fields: { queue: ADVISED_QUEUE, kind: ADVICE_KIND },
  },
  'advice.dismiss': {
    zh: '不采纳某队列的处置建议：一段时间内不再给出',
    fields: { queue: ADVISED_QUEUE, kind: ADVICE_KIND },
  },
};
