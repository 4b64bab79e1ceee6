// Files that the hall file names by a path (photos, plans) are taken into the content store at the start; from then on they
// have a hash.
import type { Both } from '../../hall/language.ts';
import { join } from 'node:path';
import type { Floor, HallConfig, Staff } from '../../hall/config.ts';
import { CONTENT_TYPES, contentReference, referencedHash } from '../../hall/content.ts';
import type { FileTrouble } from '../../hall/fault/named-files.ts';
import { ContentRefused, type Content, type StoredFile } from '../content.ts';
import { messageOf } from '../log.ts';
import { piecesOf } from './pieces.ts';
import { planIds } from './plan-ids.ts';
import { planTroubles } from '../../hall/plan-file.ts';

export interface Imported {
  /** Every photo and plan is a `content:HASH`; one that cannot be had is left out. */
  readonly hall: HallConfig;
  /** photos, by the id of the person */
  readonly photos: readonly FileTrouble[];
  /** plans, by the id of the floor: that cannot be had, or that do not fit the hall */
  readonly plans: readonly FileTrouble[];
}

interface Source {
  /** of the hall file */
  readonly folder: string;
  readonly content: Content;
  /** ms since 1970 */
  readonly now: number;
}

export async function importFiles(hall: HallConfig, source: Source): Promise<Imported> {
  const photos: FileTrouble[] = [];
  const staff: Staff[] = [];
  for (const { photo, ...person } of hall.staff) {
    const taken = await take(photo, source, 'image');
    if (taken !== undefined && 'why' in taken) photos.push({ of: person.id, ...taken });
    staff.push({ ...person, ...(taken && 'hash' in taken && { photo: referenceTo(taken) }) });
  }
  const plans: FileTrouble[] = [];
  const floors: Floor[] = [];
  for (const { plan, ...floor } of hall.floors) {
    const taken = await take(plan, source, 'image/svg+xml');
    if (taken !== undefined && 'why' in taken) plans.push({ of: floor.id, ...taken });
    floors.push({ ...floor, ...(taken && 'hash' in taken && { plan: referenceTo(taken) }) });
    if (plan === undefined || taken === undefined || !('hash' in taken)) continue;
    const ids = await idsOf(plan, source);
    if (ids === undefined) continue;
    for (const why of planTroubles(hall, floor.id, ids)) {
      plans.push({ of: floor.id, file: plan, why });
    }
  }
  const withFiles = { ...hall, staff: Object.freeze(staff), floors: Object.freeze(floors) };
  return { hall: Object.freeze(withFiles), photos, plans };
}

type Taken = { readonly hash: string } | Omit<FileTrouble, 'of'>;

/** The stored file that a name stands for, or why there is none; undefined without a name. */
async function take(
  name: string | undefined,
  source: Source,
  wanted: 'image' | 'image/svg+xml',
): Promise<Taken | undefined> {
  if (name === undefined) return undefined;
  const hash = referencedHash(name);
  if (hash !== undefined) return { hash };
  const { folder, content, now } = source;
  let stored: StoredFile;
  try {
    stored = await content.put(piecesOf(join(folder, name)), now);
  } catch (error) {
    return { file: name, why: reasonOf(error) };
  }
  const { type } = stored;
  if (type === wanted || CONTENT_TYPES[type] === wanted) return stored;
  return { file: name, why: { zh: `类型是 ${type}`, en: `is ${type}` } };
}

function referenceTo({ hash }: { readonly hash: string }): string {
  return contentReference(hash);
}

/** Of the file as the hall's people wrote it, so that the lines are theirs; undefined where a stored file is missing. */
async function idsOf(name: string, { folder, content }: Source) {
  const hash = referencedHash(name);
  const known = hash === undefined ? undefined : content.get(hash);
  if (hash !== undefined && known?.type !== 'image/svg+xml') return undefined;
  return await planIds(
    known === undefined ? piecesOf(join(folder, name)) : content.read(known, 0, Infinity),
  ).catch(() => undefined);
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
