// What a public screen needs beside its content: its own face, and the hall file's notices of the day. SPEC §7.11, 7.14.
import { indexHall, type HallConfig, type Screen } from '../../config.ts';
import { digest } from '../../signal-id.ts';
import type { Notice, ScreenFace } from '../common.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { plainName } from '../name.ts';

export const screenFace = part('screen', ({ config, memory }, screen) =>
  faceOf(memory, screen.id, config, screen),
);

const faceOf = memo((config: HallConfig, screen: Screen): ScreenFace => {
  const zone = indexHall(config).zones.get(screen.zone ?? '');
  return {
    id: screen.id,
    name: plainName(screen.name),
    layout: screen.layout,
    ...(zone ? { zoneName: plainName(zone.name) } : undefined),
    diagonal_in: screen.diagonal_in,
    width: screen.resolution.width,
    height: screen.resolution.height,
    distance_m: screen.distance_m,
    theme: config.board.theme,
  };
});

/** Notices of the hall file that stand on the hall's present date. */
export const notices = part('hall', ({ hall, config, memory }) =>
  noticesOn(memory, '', config, hall.day.date),
);

const noticesOn = memo((config: HallConfig, date: string): readonly Notice[] => {
  const same = new Map<string, number>();
  return config.notices
    .filter(({ from, to }) => (from ?? date) <= date && date <= (to ?? date))
    .map(({ title, body }) => {
      const text = digest(JSON.stringify([title, body]));
      const nth = (same.get(text) ?? 0) + 1;
      same.set(text, nth);
      return {
        id: nth === 1 ? text : `${text}-${nth}`,
        title: plainName(title),
        ...(body ? { body: plainName(body) } : undefined),
      };
    });
});
