// The words of the device page: how a device is, spans, differences of clocks. Pure.
import type { DeviceRow } from '../hall/view/devices.ts';
import type { Words } from './words.ts';

export type DeviceState = DeviceRow['state'] | 'silent';

/** In the order in which a technician asks for them. */
export const DEVICE_STATES: readonly DeviceState[] = [
  'fault',
  'offline',
  'silent',
  'degraded',
  'maintenance',
  'unknown',
  'none',
  'online',
];

export const DEVICE_STATE_WORDS: Readonly<Record<DeviceState, Words>> = {
  online: { zh: '在线', en: 'Online' },
  degraded: { zh: '降级', en: 'Degraded' },
  fault: { zh: '故障', en: 'Fault' },
  offline: { zh: '离线', en: 'Offline' },
  silent: { zh: '静默', en: 'Silent' },
  maintenance: { zh: '维护', en: 'Maintenance' },
  unknown: { zh: '未报状态', en: 'State untold' },
  none: { zh: '从未上线', en: 'Never heard' },
};

/** What a state means, for whoever wonders. */
export const DEVICE_STATE_MEANING: Readonly<Record<DeviceState, Words>> = {
  online: { zh: '设备报告正常', en: 'it says that it is well' },
  degraded: { zh: '仍在工作，但有不足', en: 'it works, with something amiss' },
  fault: { zh: '设备报告自己有故障', en: 'it says that it is out of order' },
  offline: { zh: '连接已断（遗嘱或自报）', en: 'its connection is gone' },
  silent: { zh: '没有说离开，却太久没有消息', en: 'it never left, yet says nothing' },
  maintenance: { zh: '维护中，不计故障', en: 'being serviced: no fault' },
  unknown: { zh: '有消息，但从不报告状态', en: 'it sends, but never says how it is' },
  none: { zh: '在大厅文件中，从未收到消息', en: 'in the hall file, never heard' },
};

/** How the device is, silence before what it last said. */
export function stateOf(row: DeviceRow): DeviceState {
  return row.silent ? 'silent' : row.state;
}

/** The device's own name, or what it is. */
export function nameOf(row: DeviceRow, kinds: Readonly<Record<DeviceRow['kind'], Words>>): Words {
  const { name, kind } = row;
  return name ? { zh: name.zh, en: name.en ?? name.zh } : kinds[kind];
}

/** Where it stands: its window, else its zone. */
export function placeOf({ window, zoneName }: DeviceRow): Words | undefined {
  const zone = zoneName && { zh: zoneName.zh, en: zoneName.en ?? zoneName.zh };
  if (window === undefined) return zone;
  const at = { zh: `${window} 号窗`, en: `window ${window}` };
  return zone ? { zh: `${at.zh} ${zone.zh}`, en: `${at.en}, ${zone.en}` } : at;
}

/** "刚刚", "12 分", "3 时", "2 天": how long ago, as coarse as one cares to know. */
export function agoZh(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return '刚刚';
  if (minutes < 120) return `${minutes} 分`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} 时` : `${Math.floor(hours / 24)} 天`;
}

/** "+90 秒": ahead; "−12 分": behind. */
export function skewZh(seconds: number): string {
  const size = Math.abs(seconds);
  const text = size < 120 ? `${size} 秒` : `${Math.round(size / 60)} 分`;
  return `${seconds > 0 ? '+' : '−'}${text}`;
}

/** Signals per minute: "<0.1", "0.4", "12". */
export function rateText(perMinute: number): string {
  if (perMinute > 0 && perMinute < 0.1) return '<0.1';
  return perMinute < 10 ? String(Math.round(perMinute * 10) / 10) : String(Math.round(perMinute));
}
