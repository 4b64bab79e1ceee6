// Files that the hall file names and that cannot be shown: photos of staff, plans of floors. SPEC 23.8, 24.3.
import type { HallConfig } from '../config.ts';
import { type ContentType, CONTENT_TYPES, referencedHash } from '../content.ts';
import type { Both } from '../language.ts';
import type { Fault } from './kinds.ts';

/** A file that could not be taken, or that does not fit the hall. */
export interface FileTrouble {
  /** id in the hall file: the person, the floor */
  readonly of: string;
  /** as the hall file names the file */
  readonly file: string;
  /** what is wrong about it */
  readonly why: Both;
}

/** Of a stored file; undefined where it is not stored. */
type TypeOf = (hash: string) => ContentType | undefined;

/** So many people are named in a fault. */
const NAMED_MAX = 8;

/**
 * One fault for all photos.
 * @param failed found at the start
 */
export function photoFaults(
  { staff }: HallConfig,
  failed: readonly FileTrouble[],
  typeOf: TypeOf,
  now: number,
): Fault[] {
  const isImage = (type: ContentType) => CONTENT_TYPES[type] === 'image';
  const missing = staff.flatMap(({ id, photo }) => missingFile(id, photo, typeOf, isImage));
  const all = [...failed, ...missing];
  if (all.length === 0) return [];
  const names = new Map(staff.map(({ id, name }) => [id, name]));
  const named = all.slice(0, NAMED_MAX).map((one) => names.get(one.of) ?? one.of);
  const more = all.length > NAMED_MAX;
  return [
    {
      id: 'hall-file:photos',
      title: {
        zh: `${all.length} 名工作人员的照片无法显示：${named.join('、')}${more ? ' 等' : ''}`,
        en: `Photos that cannot be shown: ${named.join(', ')}${more ? ' …' : ''}`,
      },
      action: {
        zh: '请检查大厅文件 staff 中的 photo：文件须在大厅文件所在目录内，且是图片（PNG、JPEG、WebP 等，不超过 16 MiB）；写作 content: 的须已上传。改好后重新启动',
        en: 'Check photo under staff of the hall file: a picture (PNG, JPEG, WebP …, at most 16 MiB) in the folder of the hall file, or one that was uploaded (content:…); then restart',
      },
      ...ofFiles(all, now),
    },
  ];
}

/**
 * One fault for all plans.
 * @param failed found at the start
 */
export function planFaults(
  { floors }: HallConfig,
  failed: readonly FileTrouble[],
  typeOf: TypeOf,
  now: number,
): Fault[] {
  const isPlan = (type: ContentType) => type === 'image/svg+xml';
  const missing = floors.flatMap(({ id, plan }) => missingFile(id, plan, typeOf, isPlan));
  const all = [...failed, ...missing];
  if (all.length === 0) return [];
  const of = [...new Set(all.map((one) => one.of))].join(', ');
  return [
    {
      id: 'hall-file:plans',
      title: {
        zh: `楼层平面图有问题：${of}`,
        en: `Floor plans that do not fit: ${of}`,
      },
      action: {
        zh: '请检查大厅文件 floors 中的 plan 及该 SVG 文件：元素的 id 须是大厅文件中的区域、窗口、设备或屏幕编号，本层每个窗口须有一个元素。改好后重新启动；在此之前，无法显示的楼层按大厅文件自动排布',
        en: 'Check plan under floors of the hall file, and the SVG file: ids of elements are those of zones, windows, devices or screens of the hall file, and each window of the floor has an element. Then restart; until then a floor that cannot be shown is laid out from the hall file',
      },
      ...ofFiles(all, now),
    },
  ];
}

function missingFile(
  of: string,
  file: string | undefined,
  typeOf: TypeOf,
  isFit: (type: ContentType) => boolean,
): FileTrouble[] {
  const hash = referencedHash(file);
  if (file === undefined || hash === undefined) return [];
  const type = typeOf(hash);
  if (type === undefined) return [{ of, file, why: { zh: '没有保存', en: 'is not stored' } }];
  return isFit(type) ? [] : [{ of, file, why: { zh: `类型是 ${type}`, en: `is ${type}` } }];
}

function ofFiles(all: readonly FileTrouble[], now: number) {
  const shown = all.slice(0, NAMED_MAX);
  return {
    kind: 'hall-file' as const,
    severity: 1 as const,
    since: now,
    detail: {
      zh: shown.map(({ of, file, why }) => `${of}：${file}：${why.zh}`).join('；'),
      en: shown.map(({ of, file, why }) => `${of}: ${file}: ${why.en}`).join('; '),
    },
    devices: [],
  };
}
