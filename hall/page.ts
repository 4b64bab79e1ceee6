// Every page of the product, declared once: its address, the built file, its title and who it is for. The router, the build,
// the start page and the links between staff pages read this table.
import { type Audience, STAFF } from './audience.ts';
import type { Screen } from './config.ts';

export interface PageTitle {
  readonly zh: string;
  readonly en: string;
}

interface PageBase {
  /** below the folder of the built pages */
  readonly file: `${'dashboard' | 'signage'}/${string}.html`;
  readonly audience: Audience;
}

/** A page that the hall has once. */
export interface StaffPage extends PageBase {
  readonly path: string;
  readonly title: PageTitle;
  /** Staff pages link to each other; the list of pages is reached by the hall's name. */
  readonly isLinked: boolean;
}

/** A page that each screen of the hall file with its layout has at `/screen/{id}` or `/kiosk/{id}`. */
export interface ScreenPage extends PageBase {
  readonly path: '/screen/:id' | '/kiosk/:id';
  /** of one such screen, and of the group that they stand in on the start page */
  readonly title: PageTitle;
  readonly group: PageTitle;
}

export const STAFF_PAGES = [
  {
    path: '/',
    file: 'dashboard/index.html',
    audience: STAFF,
    title: { zh: '全部页面', en: 'All pages' },
    isLinked: false,
  },
  {
    path: '/dashboard/wall',
    file: 'dashboard/wall.html',
    audience: ['viewer', 'manager', 'facility', 'admin'],
    title: { zh: '领导大屏', en: 'Leadership wall' },
    isLinked: true,
  },
  {
    path: '/dashboard/live',
    file: 'dashboard/live.html',
    audience: ['viewer', 'manager', 'facility', 'clerk', 'admin'],
    title: { zh: '窗口负荷', en: 'Window load' },
    isLinked: true,
  },
  {
    path: '/dashboard/live/score',
    file: 'dashboard/score.html',
    audience: ['viewer', 'manager', 'admin'],
    title: { zh: '估时评分', en: 'Estimate score' },
    isLinked: false,
  },
  {
    path: '/dashboard/devices',
    file: 'dashboard/devices.html',
    audience: ['viewer', 'manager', 'facility', 'admin'],
    title: { zh: '设备状态', en: 'Device health' },
    isLinked: true,
  },
] as const satisfies readonly StaffPage[];

export type StaffPath = (typeof STAFF_PAGES)[number]['path'];

/** By layout, in the order of the start page; `undefined`: screens with this layout have no page yet. */
export const LAYOUT_PAGES = {
  calls: {
    path: '/screen/:id',
    file: 'signage/screen.html',
    audience: 'public',
    title: { zh: '叫号屏', en: 'Call board' },
    group: { zh: '叫号屏', en: 'Call boards' },
  },
  notice: {
    path: '/screen/:id',
    file: 'signage/screen.html',
    audience: 'public',
    title: { zh: '公告屏', en: 'Notice screen' },
    group: { zh: '公告屏', en: 'Notices' },
  },
  window: {
    path: '/screen/:id',
    file: 'signage/screen.html',
    audience: 'public',
    title: { zh: '窗口屏', en: 'Window sign' },
    group: { zh: '窗口屏', en: 'Window signs' },
  },
  kiosk: undefined,
  wall: undefined,
} as const satisfies Record<Screen['layout'], ScreenPage | undefined>;

/** The layouts that the player shows. */
export type PlayerLayout = {
  [L in Screen['layout']]: (typeof LAYOUT_PAGES)[L] extends { readonly file: 'signage/screen.html' }
    ? L
    : never;
}[Screen['layout']];

export const SCREEN_PAGES: readonly ScreenPage[] = Object.values(LAYOUT_PAGES).filter(
  (page) => page !== undefined,
);

/** Every file that is built into a page. */
export const PAGE_FILES: readonly string[] = [
  ...new Set([...STAFF_PAGES, ...SCREEN_PAGES].map(({ file }) => file)),
];

/** The page at that address that the hall has once. */
export function staffPage(path: StaffPath): StaffPage {
  const found = STAFF_PAGES.find((page) => page.path === path);
  if (found === undefined)
    throw new Error(`page: ${path} is in no table, should be in STAFF_PAGES`);
  return found;
}
