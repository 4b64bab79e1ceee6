// The pages' addresses: which built page stands where, and what people see where none does.
import type { HallConfig } from '../../hall/config.ts';
import { windowWords } from '../../hall/device-words.ts';
import { openFiles } from './files.ts';
import { PLAIN_CSS, plainPage } from './plain.ts';
import type { Exchange, Handle, Route } from './router.ts';
import { withVersion } from './version.ts';

export interface PageEntry {
  readonly path: string;
  readonly kind: 'screen' | 'kiosk' | 'dashboard';
  readonly title: { readonly zh: string; readonly en?: string };
  readonly note?: string;
}

export interface Pages {
  readonly routes: readonly Route[];
  readonly notFound: Handle;
  /** Every page that this hall has and that is built. */
  list(): Promise<readonly PageEntry[]>;
}

const DASHBOARDS: Readonly<Record<string, { zh: string; en: string }>> = {
  wall: { zh: '领导大屏', en: 'Wall' },
  live: { zh: '窗口负荷', en: 'Window load' },
  devices: { zh: '设备状态', en: 'Devices' },
  alerts: { zh: '告警', en: 'Alerts' },
  history: { zh: '历史与报表', en: 'History and reports' },
};
/** What stands on a screen of each layout, and which built page shows it. */
const LAYOUTS: Readonly<Record<string, { zh: string; page: string }>> = {
  calls: { zh: '叫号屏', page: 'signage/screen.html' },
  window: { zh: '窗口屏', page: 'signage/screen.html' },
  notice: { zh: '公告屏', page: 'signage/screen.html' },
  kiosk: { zh: '自助查询机', page: 'signage/kiosk.html' },
  wall: { zh: '大屏', page: 'dashboard/wall.html' },
};

/**
 * @param folder absolute folder of the built pages
 * @param version of them, told to the pages
 */
export function createPages(config: HallConfig, folder: string, version: string): Pages {
  const files = openFiles({ folder, ofPage: (html) => withVersion(html, version) });
  const html = async ({ request }: Exchange, path: string): Promise<Response> =>
    (await files.serve(request, path, 'revalidate')) ?? (await missing(path, files));
  const screen = (exchange: Exchange, kiosk: boolean) => {
    const known = config.screens.find(({ id }) => id === exchange.params['id']);
    const fits = known !== undefined && (known.layout === 'kiosk') === kiosk;
    const page = fits ? LAYOUTS[known.layout]?.page : undefined;
    return page === undefined ? notFound(exchange) : html(exchange, page);
  };
  const notFound: Handle = async ({ url }) => {
    const list = (await entries(config, files)).map(link).join('\n');
    const path = `<code>${escape(url.pathname)}</code>`;
    const body = `<h1>404 找不到页面</h1><p>本大厅没有 ${path} 页面，现有页面如下。</p><p>${path} is no page of this hall. These are:</p><ul>${list}</ul>`;
    return htmlResponse(404, '404', body, await styles(files));
  };
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/',
      handle: async (exchange) =>
        (await files.serve(exchange.request, 'dashboard/index.html', 'revalidate')) ??
        (await overview(config, files)),
    },
    {
      method: 'GET',
      path: '/screen/:id',
      handle: (exchange) => screen(exchange, false),
    },
    {
      method: 'GET',
      path: '/kiosk/:id',
      handle: (exchange) => screen(exchange, true),
    },
    {
      method: 'GET',
      path: '/dashboard/:name',
      handle: async (exchange) => {
        const name = exchange.params['name'] ?? '';
        const path = `dashboard/${name}.html`;
        if (name === 'index' || !/^[a-z][a-z-]*$/.test(name)) return notFound(exchange);
        if (Object.hasOwn(DASHBOARDS, name) || (await files.exists(path)))
          return html(exchange, path);
        return notFound(exchange);
      },
    },
    {
      method: 'GET',
      path: '/assets/*path',
      handle: async (exchange) => {
        const path = `assets/${exchange.params['path'] ?? ''}`;
        return (await files.serve(exchange.request, path, 'immutable')) ?? notFound(exchange);
      },
    },
    { method: 'GET', path: '/plain.css', handle: () => PLAIN_CSS.clone() },
    { method: 'GET', path: '/favicon.ico', handle: () => new Response(null, { status: 204 }) },
  ];
  const light = routes.map((route) => ({ ...route, weight: LIGHT }));
  return { routes: light, notFound, list: () => entries(config, files) };
}

/** A page asks for dozens of files, which are in memory: a whole hall behind one address may load at once. */
export const LIGHT = 0.1;

type Files = ReturnType<typeof openFiles>;

async function entries(config: HallConfig, files: Files): Promise<PageEntry[]> {
  const built = new Set([
    ...(await files.list('signage', '.html')).map((name) => `signage/${name}`),
    ...(await files.list('dashboard', '.html')).map((name) => `dashboard/${name}`),
  ]);
  const list: PageEntry[] = [];
  for (const name of Object.keys(DASHBOARDS)) {
    const title = DASHBOARDS[name];
    if (title === undefined || !built.has(`dashboard/${name}.html`)) continue;
    list.push({ path: `/dashboard/${name}`, kind: 'dashboard', title });
  }
  const zones = new Map(config.zones.map(({ id, name }) => [id, name.zh]));
  const windows = new Map(config.windows.map(({ id, label }) => [id, windowWords(label)]));
  for (const { id, name, layout, zone, window, diagonal_in, orientation } of config.screens) {
    const kind = layout === 'kiosk' ? 'kiosk' : 'screen';
    if (!built.has(LAYOUTS[layout]?.page ?? '')) continue;
    // A sign that the file gives no name is known by its window.
    const at = name.zh === id && window !== undefined ? windows.get(window) : undefined;
    const title = at ?? { zh: name.zh, ...(name.en !== undefined && { en: name.en }) };
    const place = zone === undefined ? undefined : zones.get(zone);
    const upright = orientation === 'portrait' ? '竖屏' : undefined;
    const note = [LAYOUTS[layout]?.zh, place, `${diagonal_in}″`, upright]
      .filter(Boolean)
      .join(' · ');
    list.push({ path: `/${kind}/${id}`, kind, title, note });
  }
  return list;
}

/** Stands at `/` until the start page is built. */
async function overview(config: HallConfig, files: Files): Promise<Response> {
  const list = await entries(config, files);
  if (list.length === 0) return await missing('dashboard/index.html', files);
  const items = list.map(link).join('\n');
  return htmlResponse(
    200,
    config.hall.name.zh,
    `<h1>${escape(config.hall.name.zh)}</h1><ul>${items}</ul>`,
    await styles(files),
  );
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
  return new Response(plainPage(escape(title), body, links), {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
