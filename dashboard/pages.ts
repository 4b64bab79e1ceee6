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
  /** of its first page: `dashboard`, `screen`, `kiosk` */
  readonly kind: string;
  readonly title: Words;
  readonly pages: readonly HallPage[];
}

export interface HallPage {
  readonly path: string;
  readonly title: { readonly zh: string; readonly en?: string };
  readonly note?: string;
}

/** The pages in groups, in the order in which they come. Throws a TypeError that names what is missing. */
export function readPages(value: unknown): PageList {
  const { hall, pages } = fields(value, 'pages');
  const { id, name, demo } = fields(hall, 'pages hall');
  if (!Array.isArray(pages)) throw new TypeError('pages: is no list, should be one');
  const groups = new Map<string, { kind: string; title: Words; pages: HallPage[] }>();
  for (const page of pages) {
    const { group, kind } = fields(page, 'page');
    const { zh, en } = fields(group, 'page group');
    const title = { zh: String(zh), en: String(en) };
    const known = groups.get(title.zh) ?? { kind: String(kind), title, pages: [] };
    groups.set(title.zh, known);
    known.pages.push(readPage(page, title));
  }
  return {
    hall: { id: String(id), name: readName(name), demo: demo === true },
    groups: [...groups.values()],
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

/** The group's own name need not be said again in each note. */
function readPage(value: unknown, group: Words): HallPage {
  const { path, title, note } = fields(value, 'page');
  if (typeof path !== 'string' || !path.startsWith('/') || path.startsWith('//')) {
    throw new TypeError(`page: path is ${String(path)}, should be an address of this hall`);
  }
  return {
    path,
    title: readName(title),
    ...(typeof note === 'string' && note !== '' && { note: note.replace(`${group.zh} · `, '') }),
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
