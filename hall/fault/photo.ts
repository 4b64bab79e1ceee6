// Photos of staff that the hall file names and that cannot be shown. SPEC §23.8.
import type { HallConfig } from '../config.ts';
import { type ContentType, CONTENT_TYPES, referencedHash } from '../content.ts';
import type { Both } from '../language.ts';
import type { Fault } from './kinds.ts';

/** A photo that could not be taken from its file. */
export interface PhotoTrouble {
  /** id in the hall file */
  readonly staff: string;
  readonly photo: string;
  /** what is wrong about it */
  readonly why: Both;
}

/** So many people are named in a fault. */
const NAMED_MAX = 8;

/**
 * One fault for all of them.
 * @param failed found at the start
 * @param typeOf the type of a stored file, undefined where it is not stored
 */
export function photoFaults(
  { staff }: HallConfig,
  failed: readonly PhotoTrouble[],
  typeOf: (hash: string) => ContentType | undefined,
  now: number,
): Fault[] {
  const missing = staff.flatMap(({ id, photo }): PhotoTrouble[] => {
    const hash = referencedHash(photo);
    if (photo === undefined || hash === undefined) return [];
    const type = typeOf(hash);
    if (type !== undefined && CONTENT_TYPES[type] === 'image') return [];
    const why =
      type === undefined
        ? { zh: '没有保存', en: 'is not stored' }
        : { zh: `类型是 ${type}`, en: `is ${type}` };
    return [{ staff: id, photo, why }];
  });
  const all = [...failed, ...missing];
  if (all.length === 0) return [];
  const names = new Map(staff.map(({ id, name }) => [id, name]));
  const shown = all.slice(0, NAMED_MAX);
  const named = shown.map((one) => names.get(one.staff) ?? one.staff);
  const more = all.length > NAMED_MAX;
  return [
    {
      id: 'hall-file:photos',
      kind: 'hall-file',
      severity: 1,
      since: now,
      title: {
        zh: `${all.length} 名工作人员的照片无法显示：${named.join('、')}${more ? ' 等' : ''}`,
        en: `Photos that cannot be shown: ${named.join(', ')}${more ? ' …' : ''}`,
      },
      action: {
        zh: '请检查大厅文件 staff 中的 photo：文件须在大厅文件所在目录内，且是图片（PNG、JPEG、WebP 等，不超过 16 MiB）；写作 content: 的须已上传。改好后重新启动',
        en: 'Check photo under staff of the hall file: a picture (PNG, JPEG, WebP …, at most 16 MiB) in the folder of the hall file, or one that was uploaded (content:…); then restart',
      },
      detail: {
        zh: shown.map(({ staff: id, photo, why }) => `${id}：${photo}：${why.zh}`).join('；'),
        en: shown.map(({ staff: id, photo, why }) => `${id}: ${photo}: ${why.en}`).join('; '),
      },
      devices: [],
    },
  ];
}
