// What devices of each kind and windows are called, Chinese first, English beside it. Nothing but words: pages import it too.
import type { DEVICE_KINDS } from './config/kinds.ts';

export const KIND_WORDS: Readonly<
  Record<(typeof DEVICE_KINDS)[number] | 'unlisted', { readonly zh: string; readonly en: string }>
> = {
  dispenser: { zh: '取号机', en: 'dispenser' },
  caller: { zh: '叫号器', en: 'caller' },
  evaluator: { zh: '评价器', en: 'evaluator' },
  counter: { zh: '客流计数', en: 'counter' },
  screen: { zh: '屏幕', en: 'screen' },
  kiosk: { zh: '查询机', en: 'kiosk' },
  speaker: { zh: '音箱', en: 'speaker' },
  sensor: { zh: '传感器', en: 'sensor' },
  camera: { zh: '摄像头', en: 'camera' },
  network: { zh: '网络设备', en: 'network device' },
  other: { zh: '其他设备', en: 'other device' },
  unlisted: { zh: '未登记设备', en: 'unlisted device' },
};

/** A window by its label: "3 号窗", "A101 号窗", but "综合1 窗口" and "税务大厅 3 号窗口" as it is. */
export function windowWords(label: string): { readonly zh: string; readonly en: string } {
  const en = `window ${label}`;
  if (/[窗口台号]$/u.test(label)) return { zh: label, en };
  return { zh: /\p{Script=Han}/u.test(label) ? `${label} 窗口` : `${label} 号窗`, en };
}
