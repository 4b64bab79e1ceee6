// How faults name devices, places and spans, Chinese first, English beside it.
import { indexHall, type Device, type DeviceKind, type HallConfig } from '../config.ts';
import type { Name } from '../view/common.ts';
import type { Surveyed } from './survey.ts';

export const KIND_WORDS: Readonly<
  Record<DeviceKind | 'unlisted', Required<Pick<Name, 'zh' | 'en'>>>
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

type Both = Required<Pick<Name, 'zh' | 'en'>>;

/** "社保区 3 号窗 评价器 eval-3": where it is, what it is, its id. */
export function deviceWords({ id, device }: Surveyed, config: HallConfig): Both {
  if (!device)
    return { zh: `${KIND_WORDS.unlisted.zh} ${id}`, en: `${KIND_WORDS.unlisted.en} ${id}` };
  const kind = KIND_WORDS[device.kind];
  const name = device.name ?? kind;
  const place = placeWords(device, config);
  return {
    zh: [place?.zh, name.zh, id].filter(Boolean).join(' '),
    en: [name.en ?? name.zh, id, place && `(${place.en})`].filter(Boolean).join(' '),
  };
}

function placeWords(device: Device, config: HallConfig): Both | undefined {
  const { windows, zones } = indexHall(config);
  const window = device.window === undefined ? undefined : windows.get(device.window);
  if (window) return { zh: `${window.label} 号窗`, en: `window ${window.label}` };
  const zone = device.zone === undefined ? undefined : zones.get(device.zone);
  return zone && bothOf(zone.name);
}

/** A name in both languages, the Chinese one for both where there is no other. */
export function bothOf({
  zh,
  en,
}: {
  readonly zh: string;
  readonly en?: string | undefined;
}): Both {
  return { zh, en: en ?? zh };
}

/** "12 台评价器", "12 台设备" where they are of several kinds; "12 evaluators". */
export function countWords(devices: readonly Surveyed[]): Both {
  const count = devices.length;
  const kinds = new Set(devices.map(({ device }) => device?.kind ?? 'unlisted'));
  const [only] = kinds;
  if (kinds.size !== 1 || only === undefined) {
    return { zh: `${count} 台设备`, en: `${count} devices` };
  }
  const { zh, en } = KIND_WORDS[only];
  return { zh: `${count} 台${zh}`, en: `${count} ${en}${count === 1 ? '' : 's'}` };
}

/** "1.5 秒", "90 秒", "12 分": a span as one says it. */
export function spanWords(ms: number): Both {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 120) return { zh: `${Math.round(seconds)} 秒`, en: `${Math.round(seconds)} s` };
  if (seconds < 7_200)
    return { zh: `${Math.round(seconds / 60)} 分钟`, en: `${Math.round(seconds / 60)} min` };
  return { zh: `${Math.round(seconds / 3_600)} 小时`, en: `${Math.round(seconds / 3_600)} h` };
}
