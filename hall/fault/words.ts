// How faults name devices, places and spans, Chinese first, English beside it.
import { indexHall, type Device, type HallConfig } from '../config.ts';
import { KIND_WORDS, windowWords } from '../device-words.ts';
import type { Name } from '../view/common.ts';
import type { Surveyed } from './survey.ts';

type Both = Required<Pick<Name, 'zh' | 'en'>>;

/** "社保区 3 号窗 评价器 eval-3": where it is, what it is, its id. */
export function deviceWords(
  { id, device }: Pick<Surveyed, 'id' | 'device'>,
  config: HallConfig,
): Both {
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
  if (window) return windowWords(window.label);
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
