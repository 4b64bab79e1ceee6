// Facts of the hall file for the wall, and which scenes turn there. SPEC 25.
import type { HallConfig } from '../../config.ts';
import type { Scene } from '../../scene.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { weakMemo } from '../memo.ts';
import { plainName } from '../name.ts';

export interface Card {
  readonly title: Name;
  readonly value: string;
  readonly note?: Name;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly source: Name;
}

/** Empty where the hall file has none. */
export const cards = part('hall', ({ config }) => cardsOf(config));

const cardsOf = weakMemo(({ cards: listed }: HallConfig): readonly Card[] =>
  listed.map(({ title, value, note, date, source }) => ({
    title: plainName(title),
    value,
    ...(note && { note: plainName(note) }),
    date,
    source: plainName(source),
  })),
);

export interface WallSettings {
  readonly scenes: readonly Scene[];
  readonly sceneMs: number;
  readonly theme: 'day' | 'night';
}

export const wallSettings = part('hall', ({ config }) => settingsOf(config));

const settingsOf = weakMemo(({ wall }: HallConfig): WallSettings => ({
  scenes: wall.scenes,
  sceneMs: wall.scene_seconds * 1000,
  theme: wall.theme,
}));
