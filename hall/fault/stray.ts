// Devices that send to a queue, window, zone or service that the hall file does not have: what they say does not count.
// SPEC §19.5.
import { group } from 'd3-array';
import { indexHall, type HallConfig } from '../config.ts';
import type { Fault } from './kinds.ts';
import { bothOf } from './words.ts';

export const STRAY_KINDS = ['queue', 'window', 'zone', 'service'] as const;
export type StrayKind = (typeof STRAY_KINDS)[number];

/** One sender and the id that it sends to. */
export interface Stray {
  /** the device's id; a vendor's message: its topic */
  readonly sender: string;
  readonly kind: StrayKind;
  readonly id: string;
  /** messages refused since the start */
  readonly refused: number;
  /** ms since 1970 */
  readonly firstAt: number;
  readonly lastAt: number;
}

const KIND_NAMES: Readonly<Record<StrayKind, { readonly zh: string; readonly en: string }>> = {
  queue: { zh: '队列', en: 'queue' },
  window: { zh: '窗口', en: 'window' },
  zone: { zh: '区域', en: 'zone' },
  service: { zh: '事项', en: 'service' },
};
const SENDERS_NAMED_MAX = 5;

/** One fault for each missing id, with all who send to it. */
export function strayFaults(strays: readonly Stray[], config: HallConfig): Fault[] {
  return [...group(strays, ({ kind, id }) => `${kind}-${id}`)].flatMap(([key, group]) => {
    const [first] = group;
    return first === undefined ? [] : [strayFault(key, first, group, config)];
  });
}

function strayFault(
  key: string,
  { kind, id }: Stray,
  group: readonly Stray[],
  config: HallConfig,
): Fault {
  const part = KIND_NAMES[kind];
  const gone = config.removed?.[`${kind}s`].find((each) => each.id === id);
  const name = gone && bothOf(gone.name);
  const senders = group.map(({ sender }) => sender);
  const named = senders.slice(0, SENDERS_NAMED_MAX);
  const more = senders.length - named.length;
  const who = {
    zh: `${named.join('、')} ${more > 0 ? `等 ${senders.length} 台设备` : ''}`,
    en: `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${senders.length === 1 ? 'sends' : 'send'}`,
  };
  const target = name
    ? { zh: `已撤销的${part.zh} ${id}（${name.zh}）`, en: `removed ${part.en} ${id} (${name.en})` }
    : { zh: `大厅文件中没有的${part.zh} ${id} `, en: `unknown ${part.en} ${id}` };
  const refused = group.reduce((sum, stray) => sum + stray.refused, 0);
  return {
    id: `hall-file:sent-to-${key}`,
    kind: 'hall-file',
    severity: 2,
    since: Math.min(...group.map(({ firstAt }) => firstAt)),
    title: {
      zh: `${who.zh}向${target.zh}发送，已拒收 ${refused} 条`,
      en: `${who.en} to the ${target.en}: ${refused} refused`,
    },
    action: {
      zh: `请在设备上改用大厅文件中的${part.zh}，或把 ${id} 写入大厅文件；被拒收的可在之后重放`,
      en: `Set the device to a ${part.en} of the hall file, or add ${id} to it; what was refused can be replayed afterwards`,
    },
    devices: senders.filter((sender) => indexHall(config).devices.has(sender)),
  };
}
