// Faults that the readers of vendors' protocols find: a topic that contradicts what is heard, a list that is too large.
// SPEC §14.12, §14.15.
import { indexHall, type HallConfig } from '../config.ts';
import type { Fault } from './kinds.ts';
import { deviceWords } from './words.ts';

/** @param since when the device was first heard against it, ms since 1970 */
export function contradictionFault(
  config: HallConfig,
  id: string,
  topic: string,
  since: number,
): Fault {
  const device = indexHall(config).devices.get(id);
  const name = deviceWords({ id, ...(device && { device }) }, config);
  return {
    id: `availability:${id}`,
    kind: 'device',
    severity: 1,
    since,
    title: {
      zh: `${name.zh} 在线，但 ${topic} 仍说它离线`,
      en: `${name.en} is heard, but ${topic} still says that it is offline`,
    },
    action: {
      zh: '多为遗留的保留消息：向该主题发布空的保留消息即可清除；若再次出现，请检查设备的遗嘱（LWT）设置',
      en: 'Mostly a retained message that was left behind: publish an empty retained one there; if it comes again, check the device’s last will',
    },
    detail: { zh: topic },
    devices: [id],
  };
}

export interface TooLarge {
  readonly topic: string;
  readonly bytes: number;
  /** ms since 1970 */
  readonly since: number;
}

/** One fault for all of them. @param max bytes */
export function tooLargeFaults(found: readonly TooLarge[], max: number): Fault[] {
  const [first, ...more] = found;
  if (!first) return [];
  const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
  const others =
    more.length === 0
      ? { zh: '', en: '' }
      : { zh: `（另有 ${more.length} 个主题）`, en: ` (and ${more.length} more topics)` };
  return [
    {
      id: 'size:sources',
      kind: 'hall-file',
      severity: 2,
      since: first.since,
      title: {
        zh: `${first.topic} 有 ${mib(first.bytes)} MiB，超过上限 ${mib(max)} MiB，没有读取${others.zh}`,
        en: `${first.topic} has ${mib(first.bytes)} MiB, over the limit of ${mib(max)} MiB: it is not read${others.en}`,
      },
      action: {
        zh: '请在大厅文件中调大 limits.source_list_mib，或把网络分成几个网桥',
        en: 'Raise limits.source_list_mib in the hall file, or divide the network among several bridges',
      },
      detail: { zh: first.topic },
      devices: [],
    },
  ];
}
