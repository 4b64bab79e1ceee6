// The pages' addresses: which built page stands where, and what people see where none does. hall/page.ts has the table.
import { type Audience, STAFF } from '../../hall/audience.ts';
import type { HallConfig, Screen } from '../../hall/config.ts';
import { windowWords } from '../../hall/device-words.ts';
import {
  LAYOUT_PAGES,
  type PageTitle,
  SCREEN_PAGES,
  STAFF_PAGES,
  type ScreenPage,
} from '../../hall/page.ts';
import { referencePage } from '../reference/page.ts';
import type { Access } from './access.ts';
import { openFiles } from './files.ts';
import { escape, PLAIN_CSS, plainPage } from './plain.ts';
import type { Exchange, Handle, Route } from './router.ts';
import { withVersion } from './version.ts';

export interface PageEntry {
  readonly path: string;
  readonly kind: 'screen' | 'kiosk' | 'dashboard';
  readonly title: { readonly zh: string; readonly en?: string };
  readonly note?: string;
  /** what it stands under in a list of pages */
  readonly group: PageTitle;
}

export interface Pages {
  readonly routes: readonly Route[];
  readonly notFound: Handle;
  /** For people whom a page is not for. */
  readonly forbidden: Handle;
  /** Every page that this hall has, that is built and that is for the one who asks. */
  list(exchange: Exchange): Promise<readonly PageEntry[]>;
}

export interface PagesOptions {
  readonly config: HallConfig;
  /** absolute folder of the built pages, and their version, which the pages are given */
  readonly folder: string;
  readonly version: string;
  readonly access: Access;
}

const WORK: PageTitle = { zh: '工作页面', en: 'For people at work' };

/** The gateway writes it itself: it is made of what this version checks. */
const REFERENCE: PageEntry = {
  path: '/reference',
  kind: 'dashboard',
  title: { zh: '参考手册', en: 'Reference' },
  group: WORK,
};

export function createPages({ config, folder, version, access }: PagesOptions): Pages {
  const files = openFiles({ folder, ofPage: (html) => withVersion(html, version) });
  const list = async ({ request, address }: Exchange) => {
    const all = await entries(config, files);
    return all
      .filter(({ audience }) => access(audience, request, address))
      .map(({ entry }) => entry);
  };
  const html = async ({ request }: Exchange, path: string): Promise<Response> =>
    (await files.serve(request, path, 'revalidate')) ?? (await missing(path, files));
  const screen = (exchange: Exchange, path: ScreenPage['path']) => {
    const known = config.screens.find(({ id }) => id === exchange.params['id']);
    const page = known && LAYOUT_PAGES[known.layout];
    return page?.path === path ? html(exchange, page.file) : notFound(exchange);
  };
  const notFound: Handle = async (exchange) => {
    const items = (await list(exchange)).map(link).join('\n');
    const path = `<code>${escape(exchange.url.pathname)}</code>`;
    const body = `<h1>404 找不到页面</h1><p>本大厅没有 ${path} 页面，现有页面如下。</p><p>${path} is no page of this hall. These are:</p><ul>${items}</ul>`;
    return htmlResponse(404, '404', body, await styles(files));
  };
  const forbidden: Handle = async () => htmlResponse(403, '403', FORBIDDEN, await styles(files));
  const routes: readonly Omit<Route, 'method' | 'weight'>[] = [
    ...STAFF_PAGES.map(({ path, audience, file }) => ({
      ...{ path, audience },
      handle: (exchange: Exchange) => html(exchange, file),
    })),
    ...[...new Map(SCREEN_PAGES.map((page) => [page.path, page])).values()].map(
      ({ path, audience }) => ({
        ...{ path, audience },
        handle: (exchange: Exchange) => screen(exchange, path),
      }),
    ),
    {
      path: '/assets/*path',
      audience: 'public',
      handle: async (exchange) => {
        const path = `assets/${exchange.params['path'] ?? ''}`;
        return (await files.serve(exchange.request, path, 'immutable')) ?? notFound(exchange);
      },
    },
    {
      path: REFERENCE.path,
      audience: STAFF,
      handle: async ({ url }) => {
        const language = url.searchParams.get('lang') === 'en' ? 'en' : 'zh';
        return htmlAnswer(200, referencePage(language, await styles(files)));
      },
    },
    { path: '/plain.css', audience: 'public', handle: () => PLAIN_CSS.clone() },
    {
      path: '/favicon.ico',
      audience: 'public',
      handle: () => new Response(null, { status: 204 }),
    },
  ];
  const light = routes.map((route) => ({ ...route, method: 'GET' as const, weight: LIGHT }));
  return { routes: light, notFound, forbidden, list };
}

/** A page asks for dozens of files, which are in memory: a whole hall behind one address may load at once. */
export const LIGHT = 0.1;

const FORBIDDEN =
  '<h1>403 此页面仅供工作人员</h1><p>大厅文件设为 <code>http.staff: loopback</code>：工作页面只能在网关所在的电脑上打开（例如 <code>http://127.0.0.1:8080/</code>）。</p>' +
  '<p>The hall file says <code>http.staff: loopback</code>: pages for staff open on the gateway’s own machine only.</p>';

type Files = ReturnType<typeof openFiles>;

interface Listed {
  readonly entry: PageEntry;
  readonly audience: Audience;
}

async function entries(config: HallConfig, files: Files): Promise<Listed[]> {
  const built = new Set([
    ...(await files.list('signage', '.html')).map((name) => `signage/${name}`),
    ...(await files.list('dashboard', '.html')).map((name) => `dashboard/${name}`),
  ]);
  const staff = STAFF_PAGES.filter(({ isLinked, file }) => isLinked && built.has(file)).map(
    ({ path, title, audience }): Listed => ({
      entry: { path, kind: 'dashboard', title, group: WORK },
      audience,
    }),
  );
  const order = Object.keys(LAYOUT_PAGES);
  const screens = [...config.screens].sort(
    (a, b) => order.indexOf(a.layout) - order.indexOf(b.layout),
  );
  return [
    ...staff,
    { entry: REFERENCE, audience: STAFF },
    ...screens.flatMap((screen): Listed[] => {
      const page = LAYOUT_PAGES[screen.layout];
      if (page === undefined || !built.has(page.file)) return [];
      return [{ entry: screenEntry(config, screen, page), audience: page.audience }];
    }),
  ];
}

function screenEntry(
  config: HallConfig,
  { id, name, zone, window, diagonal_in, orientation }: Screen,
  { path, title, group }: ScreenPage,
): PageEntry {
  const label = config.windows.find((one) => one.id === window)?.label;
  const zoneName = config.zones.find((one) => one.id === zone)?.name.zh;
  const upright = orientation === 'portrait' ? '竖屏' : undefined;
  return {
    path: path.replace(':id', id),
    kind: path.startsWith('/kiosk/') ? 'kiosk' : 'screen',
    // A sign that the file gives no name is known by its window.
    title:
      name.zh === id && label !== undefined
        ? windowWords(label)
        : { zh: name.zh, ...(name.en !== undefined && { en: name.en }) },
    note: [title.zh, zoneName, `${diagonal_in}″`, upright].filter(Boolean).join(' · '),
    group,
  };
}

/** In place of a page that is not there: none is built yet, or this version does not have this one. */
async function missing(path: string, files: Files): Promise<Response> {
  const built = (await files.list('dashboard', '.html')).length > 0;
  const code = `<code>${escape(path)}</code>`;
  const body = built
    ? `<h1>此页面尚未提供</h1><p>当前版本还没有此页面（${code}）。<a href="/">查看现有页面</a></p><p>This version does not have this page yet (${code}). <a href="/">See those it has</a></p>`
    : `<h1>页面尚未构建</h1><p>缺少 ${code}。请运行 <code>npm run build</code>，然后刷新此页面。</p><p>${code} is not built. Run <code>npm run build</code>, then load this page again.</p>`;
  return htmlResponse(built ? 404 : 503, 'Hallcast', body, await styles(files));
}

function link({ path, title, note }: PageEntry): string {
  return `<li><a href="${path}">${escape(title.zh)}</a> <code>${path}</code> ${escape(note ?? '')}</li>`;
}

/** The built pages' own styles, where there are any. */
async function styles(files: Files): Promise<string> {
  const html = (await files.text('dashboard/index.html')) ?? '';
  return [...html.matchAll(/<link rel="stylesheet"[^>]*>/g)].join('');
}

function htmlResponse(status: number, title: string, body: string, links: string): Response {
  return htmlAnswer(status, plainPage(escape(title), body, links));
}

function htmlAnswer(status: number, html: string): Response {
  return new Response(html, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}
