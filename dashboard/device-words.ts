// The words of the device page: how a device is, spans, differences of clocks. Pure.
import type { DeviceRow } from '../hall/view/devices.ts';
import { windowWords } from '../hall/device-words.ts';
import { NONE, type Words } from './words.ts';

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
  unknown: { zh: '未上报状态', en: 'No status sent' },
  none: { zh: '从未上线', en: 'Never online' },
};

/** What a state means, for whoever wonders. */
export const DEVICE_STATE_MEANING: Readonly<Record<DeviceState, Words>> = {
  online: { zh: '设备上报正常', en: 'reports OK' },
  degraded: { zh: '仍在工作，但有异常', en: 'working, with a problem' },
  fault: { zh: '设备上报故障', en: 'reports a fault' },
  offline: { zh: '连接已断开', en: 'disconnected' },
  silent: { zh: '未曾断开，但太久没有消息', en: 'not disconnected, but no message for too long' },
  maintenance: { zh: '维护中，不计为故障', en: 'under maintenance, not counted as a fault' },
  unknown: { zh: '有消息，但从不上报状态', en: 'sends messages, but never its status' },
  none: { zh: '已列入大厅文件，但从未收到消息', en: 'in the hall file, but no message ever came' },
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
  const at = windowWords(window);
  return zone ? { zh: `${at.zh} ${zone.zh}`, en: `${at.en}, ${zone.en}` } : at;
}

/** "刚刚", "12 分", "3 时", "2 天": how long ago, as coarse as one cares to know. */
export function agoZh(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return '刚刚';
  if (minutes < 120) return `${minutes} 分`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} 时` : `${Math.floor(hours / 24)} 天`;
}

/** "+90 秒": ahead; "−12 分", "−3 天": behind. */
export function skewZh(seconds: number): string {
  const size = Math.abs(seconds);
  const text = size < 120 ? `${size} 秒` : agoZh(size * 1000);
  return `${seconds > 0 ? '+' : '−'}${text}`;
}

/** Signals per minute: "<0.1", "0.4", "12". */
export function rateText(perMinute: number): string {
  if (perMinute > 0 && perMinute < 0.1) return '<0.1';
  return perMinute < 10 ? String(Math.round(perMinute * 10) / 10) : String(Math.round(perMinute));
}
