// The list of the hall's pages, as the gateway gives it, put into groups. `unknown` stops here.
import type { Words } from './words.ts';

export interface PageList {
  readonly hall: {
    readonly id: string;
    readonly name: Partial<Words> & { readonly zh: string };
    readonly demo: boolean;
  };
  readonly groups: readonly PageGroup[];
}

export interface PageGroup {
  readonly kind: string;
  readonly title: Words;
  readonly pages: readonly HallPage[];
}

export interface HallPage {
  readonly path: string;
  readonly kind: string;
  readonly title: { readonly zh: string; readonly en?: string };
  readonly note?: string;
}

const KINDS: readonly { readonly kind: string; readonly title: Words }[] = [
  { kind: 'dashboard', title: { zh: '工作页面', en: 'For people at work' } },
  { kind: '叫号屏', title: { zh: '叫号屏', en: 'Call boards' } },
  { kind: '大屏', title: { zh: '大屏', en: 'Walls' } },
  { kind: '公告屏', title: { zh: '公告屏', en: 'Notices' } },
  { kind: '窗口屏', title: { zh: '窗口屏', en: 'Window signs' } },
  { kind: 'screen', title: { zh: '厅内屏幕', en: 'Screens in the hall' } },
  { kind: 'kiosk', title: { zh: '自助查询', en: 'Information kiosks' } },
  { kind: 'api', title: { zh: '接口', en: 'For programs' } },
];

/** The pages in groups by kind, screens by the layout that their note begins with; the known kinds first. Throws a TypeError that names what is missing. */
export function readPages(value: unknown): PageList {
  const { hall, pages } = fields(value, 'pages');
  const { id, name, demo } = fields(hall, 'pages hall');
  if (!Array.isArray(pages)) throw new TypeError('pages: is no list, should be one');
  const list = pages.map(readPage);
  const others = [...new Set(list.map((page) => page.kind))].filter(
    (kind) => !KINDS.some((known) => known.kind === kind),
  );
  const kinds = [...KINDS, ...others.map((kind) => ({ kind, title: { zh: kind, en: '' } }))];
  return {
    hall: { id: String(id), name: readName(name), demo: demo === true },
    groups: kinds
      .map((kind) => ({ ...kind, pages: list.filter((page) => page.kind === kind.kind) }))
      .filter((group) => group.pages.length > 0),
  };
}

/** From so many pages on they are searched and not only looked through. */
export const MANY_PAGES = 12;

/** The groups with the pages in whose name, address or note all words of `text` stand; empty groups are left out. */
export function filterPages(groups: PageList['groups'], text: string): PageList['groups'] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return groups;
  return groups.flatMap((group) => {
    const pages = group.pages.filter(({ path, title, note }) => {
      const all = [path, title.zh, title.en, note, group.title.zh, group.title.en].join(' ');
      return words.every((word) => all.toLowerCase().includes(word));
    });
    return pages.length === 0 ? [] : [{ ...group, pages }];
  });
}

function readPage(value: unknown): HallPage {
  const { path, kind, title, note } = fields(value, 'page');
  if (typeof path !== 'string' || !path.startsWith('/') || path.startsWith('//')) {
    throw new TypeError(`page: path is ${String(path)}, should be an address of this hall`);
  }
  const [layout, ...rest] = typeof note === 'string' ? note.split(' · ') : [];
  const named = KINDS.some((known) => known.kind === layout);
  const remains = named ? rest.join(' · ') : note;
  return {
    path,
    kind: named ? String(layout) : typeof kind === 'string' ? kind : 'other',
    title: readName(title),
    ...(typeof remains === 'string' && remains !== '' && { note: remains }),
  };
}

function readName(value: unknown): { zh: string; en?: string } {
  if (typeof value === 'string') return { zh: value };
  const { zh, en } = fields(value, 'name');
  return { zh: String(zh), ...(typeof en === 'string' && { en }) };
}

function fields(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new TypeError(`${what}: is ${typeof value}, should be an object`);
}
