// Which scene of the wall stands now: by the address, else by the time, so that walls beside each other turn together. Pure.
import { SCENES, type Scene } from '../../hall/scene.ts';
import type { WallView } from '../../hall/view/wall.ts';
import type { Words } from '../../hall/words.ts';

export { SCENES, type Scene };

export const SCENE_WORDS: Readonly<Record<Scene, Words>> = {
  overview: { zh: '总览', en: 'Overview' },
  queue: { zh: '登记叫号', en: 'Queues and calls' },
  posts: { zh: '在线监督', en: 'Posts' },
  cases: { zh: '流程展现', en: 'Cases' },
  evaluation: { zh: '办结评议', en: 'Evaluations' },
  departments: { zh: '部门对比', en: 'Departments' },
  floor: { zh: '楼层', en: 'Floor' },
  halls: { zh: '四级大厅', en: 'Halls' },
};

/** What of the view says whether a scene has something to show. */
type Shown = Pick<
  WallView,
  'windows' | 'queues' | 'cases' | 'evaluation' | 'departments' | 'floors' | 'halls'
>;

const HAS: Readonly<Record<Scene, (view: Shown) => boolean>> = {
  overview: () => true,
  queue: ({ queues }) => Object.keys(queues).length > 0,
  posts: ({ windows }) => Object.keys(windows).length > 0,
  cases: ({ cases }) => cases !== undefined,
  evaluation: ({ evaluation }) => evaluation.levels.some((count) => count > 0),
  departments: ({ departments }) => Object.keys(departments).length > 1,
  floor: ({ floors }) => floorsOf(floors).length > 1,
  halls: ({ halls }) => halls?.rows.some(({ isOwn, figures }) => !isOwn && figures) === true,
};

/** Floors that have zones. */
export function floorsOf(floors: WallView['floors']): WallView['floors'] {
  return floors.filter(({ zones }) => zones.length > 0);
}

/** The scenes that turn: those of the settings that have something to show, the overview where none has. */
export function turningScenes(view: Shown & Pick<WallView, 'settings'>): readonly Scene[] {
  const scenes = view.settings.scenes.filter((scene) => HAS[scene](view));
  return scenes.length === 0 ? ['overview'] : scenes;
}

export interface Standing {
  readonly scene: Scene;
  /** of the scene `floor`: its id */
  readonly floor: string | undefined;
  /** the scene was chosen, and stays */
  readonly isHeld: boolean;
}

/**
 * @param asked of the address: `?scene=` and `?floor=`
 * @param now ms since 1970
 */
export function standing(
  view: Shown & Pick<WallView, 'settings'>,
  asked: { readonly scene?: string | null; readonly floor?: string | null },
  now: number,
): Standing {
  const { sceneMs } = view.settings;
  const scenes = turningScenes(view);
  const turn = Math.floor(now / sceneMs);
  const chosen = SCENES.find((scene) => scene === asked.scene);
  const scene = chosen ?? scenes[turn % scenes.length] ?? 'overview';
  const floors = floorsOf(view.floors);
  const round = chosen === 'floor' ? turn : Math.floor(turn / scenes.length);
  const floor =
    floors.find(({ id }) => id === asked.floor) ?? floors[round % Math.max(1, floors.length)];
  return { scene, floor: floor?.id, isHeld: chosen !== undefined };
}

/** The scene `by` places on from this one. */
export function neighbour(
  view: Shown & Pick<WallView, 'settings'>,
  scene: Scene,
  by: 1 | -1,
): Scene {
  const scenes = turningScenes(view);
  const at = scenes.indexOf(scene);
  return scenes[(at + by + scenes.length) % scenes.length] ?? 'overview';
}
