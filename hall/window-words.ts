// What the states of a window are called.
import type { LiveWindow } from './view/live.ts';
import type { Words } from './words.ts';

export const STATE_WORDS: Readonly<Record<LiveWindow['state'], Words>> = {
  calling: { zh: '叫号', en: 'Calling' },
  serving: { zh: '办理', en: 'Serving' },
  idle: { zh: '空闲', en: 'Idle' },
  paused: { zh: '暂停', en: 'Paused' },
  away: { zh: '离岗', en: 'Away' },
  closed: { zh: '关闭', en: 'Closed' },
  unknown: { zh: '未知', en: 'Unknown' },
};
