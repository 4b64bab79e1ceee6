// Photos that the hall file names by a path are taken into the content store at the start; from then on they have a hash.
import type { Both } from '../../hall/language.ts';
import { join } from 'node:path';
import type { HallConfig, Staff } from '../../hall/config.ts';
import { CONTENT_TYPES, contentReference, referencedHash } from '../../hall/content.ts';
import type { PhotoTrouble } from '../../hall/fault/photo.ts';
import { ContentRefused, type Content } from '../content.ts';
import { messageOf } from '../log.ts';
import { piecesOf } from './pieces.ts';

export interface Imported {
  /** Every photo is a `content:HASH`; one that cannot be had is left out. */
  readonly hall: HallConfig;
  readonly failed: readonly PhotoTrouble[];
}

/**
 * @param folder of the hall file
 * @param now ms since 1970
 */
export async function importPhotos(
  hall: HallConfig,
  folder: string,
  content: Content,
  now: number,
): Promise<Imported> {
  const failed: PhotoTrouble[] = [];
  const staff: Staff[] = [];
  for (const person of hall.staff) {
    const { photo, ...rest } = person;
    if (photo === undefined || referencedHash(photo) !== undefined) {
      staff.push(person);
      continue;
    }
    const stored = await store(join(folder, photo), content, now).catch((error: unknown) =>
      reasonOf(error),
    );
    if ('hash' in stored) staff.push({ ...rest, photo: contentReference(stored.hash) });
    else {
      failed.push({ staff: person.id, photo, why: stored });
      staff.push(rest);
    }
  }
  return { hall: Object.freeze({ ...hall, staff: Object.freeze(staff) }), failed };
}

/** The stored photo, or why it is none. */
async function store(file: string, content: Content, now: number) {
  const stored = await content.put(piecesOf(file), now);
  return CONTENT_TYPES[stored.type] === 'image'
    ? stored
    : { zh: `类型是 ${stored.type}`, en: `is ${stored.type}` };
}

function reasonOf(error: unknown): Both {
  if (error instanceof ContentRefused) return error.detail;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return { zh: '文件不存在', en: 'is not there' };
  if (code === 'EISDIR') return { zh: '是文件夹', en: 'is a folder' };
  if (code === 'EACCES') return { zh: '本用户无权读取', en: 'may not be read by this user' };
  const text = messageOf(error);
  return { zh: text, en: text };
}
