// What a floor's drawing says of the hall: ids of the drawing that the hall does not have, windows that the drawing lacks.
// SPEC 24.
import type { HallConfig } from './config.ts';
import type { Both } from './language.ts';

/** So many are named in one message. */
const NAMED_MAX = 8;
/** As drawing programs name what has no name of its own: `path123`, `layer1`, `g12-3`, `Ebene_1`. */
const UNNAMED =
  /^(svg|g|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|use|image|defs|layer|group|clip|mask|namedview|metadata|base|svg-root)[\d._-]*$/i;
/** As the hall file writes ids. */
const HALL_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * @param floor its id
 * @param ids of the drawing, each with its line
 * @returns one message for the ids that are nothing of the hall, one for the windows of the floor that have no element
 */
export function planTroubles(
  hall: HallConfig,
  floor: string,
  ids: ReadonlyMap<string, number>,
): Both[] {
  const lists = [hall.zones, hall.windows, hall.devices, hall.screens, hall.floors];
  const known = new Set(lists.flatMap((list) => list.map(({ id }) => id)));
  const strange = [...ids].filter(
    ([id]) => !known.has(id) && HALL_ID.test(id) && !UNNAMED.test(id),
  );
  const zones = new Set(hall.zones.filter((zone) => zone.floor === floor).map(({ id }) => id));
  const missing = hall.windows.filter(({ id, zone }) => zones.has(zone) && !ids.has(id));
  const found: Both[] = [];
  if (strange.length > 0) {
    const named = (line: (line: number) => string) =>
      some(strange.map(([id, at]) => `${id}${line(at)}`));
    found.push({
      zh: `有大厅文件中没有的编号：${named((line) => `（第 ${line} 行）`)}`,
      en: `has ids that the hall file does not have: ${named((line) => ` (line ${line})`)}`,
    });
  }
  if (missing.length > 0) {
    const named = some(missing.map(({ id }) => id));
    found.push({ zh: `缺少窗口：${named}`, en: `lacks the windows ${named}` });
  }
  return found;
}

function some(names: readonly string[]): string {
  const more = names.length > NAMED_MAX ? ` … (+${names.length - NAMED_MAX})` : '';
  return `${names.slice(0, NAMED_MAX).join(', ')}${more}`;
}
