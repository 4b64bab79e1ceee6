// What a fault is about, in a word, where it says that something on the page is hidden, corrected or in doubt. Pure.
import type { FaultKind } from '../hall/fault/kinds.ts';
import { own } from '../hall/own.ts';
import type { Words } from './words.ts';

/** Kinds that concern what the pages show, and no single device's health. */
export const SUBJECTS = [
  'gateway',
  'network',
  'clock',
  'identity',
  'emergency',
  'budget',
  'hall-file',
  'access',
] as const satisfies readonly FaultKind[];
export type Subject = (typeof SUBJECTS)[number];

const WORDS: Readonly<Record<Subject, Words>> = {
  gateway: { zh: '网关', en: 'gateway' },
  network: { zh: '网络', en: 'network' },
  clock: { zh: '时钟', en: 'clock' },
  identity: { zh: '重名', en: 'duplicate id' },
  emergency: { zh: '警报', en: 'alarm' },
  budget: { zh: '容量', en: 'capacity' },
  'hall-file': { zh: '大厅文件', en: 'hall file' },
  access: { zh: '权限', en: 'access' },
};

/** The subject of a fault by its kind, or by its id, which begins with its kind; undefined where it is a device's health. */
export function subjectOf(kindOrId: string): (Words & { readonly subject: Subject }) | undefined {
  const [kind = ''] = kindOrId.split(':', 1);
  const words = own<Words>(WORDS, kind);
  return words && { ...words, subject: kind as Subject };
}
