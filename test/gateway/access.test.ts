// What is for people at work, until accounts exist: `http.staff` of the hall file. SPEC §21.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { PAGE_FILES } from '../../hall/page.ts';
import { STAFF } from '../../hall/audience.ts';
import { createAccess } from '../../gateway/http/access.ts';
import { HALL, hello, openTestGateway, TestPage } from './open.ts';

const request = (headers: Record<string, string> = {}) =>
  new Request('http://hall.example/', { headers });

Deno.test('staff: loopback answers staff on this machine only, and not through a proxy', () => {
  const access = createAccess('loopback');
  for (const address of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1']) {
    ok(access(STAFF, request(), address), address);
  }
  for (const address of [
    '192.168.1.9',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '',
    '127.0.0.1.evil',
  ]) {
    ok(!access(STAFF, request(), address), address);
    ok(access('public', request(), address), `public: ${address}`);
  }
  for (const name of ['forwarded', 'via', 'x-forwarded-for', 'X-Forwarded-Host', 'x-real-ip']) {
    ok(!access(STAFF, request({ [name]: '127.0.0.1' }), '127.0.0.1'), name);
  }
  ok(createAccess('open')(STAFF, request(), '192.168.1.9'));
});

Deno.test('every page that is built is in the table, and every file of the table is there', () => {
  const files = ['dashboard', 'signage'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url))
      .filter((name) => name.endsWith('.html'))
      .map((name) => `${folder}/${name}`),
  );
  equal(files.sort(), [...PAGE_FILES].sort());
});

Deno.test(
  'staff: loopback, asked through a proxy: visitors get their screens, and nothing of staff',
  async () => {
    const gateway = await openTestGateway({ hall: HALL });
    const headers = { 'x-forwarded-for': '10.1.2.3' };
    const status = async (path: string, method = 'GET') => {
      const response = await fetch(`${gateway.address}${path}`, { method, headers });
      await response.body?.cancel();
      return response.status;
    };
    for (const path of ['/screen/b1', '/healthz', '/readyz', '/api/v1/hall', '/api/v1/version']) {
      equal(await status(path), 200, path);
    }
    const staffOnly = [
      ...[
        '/',
        '/reference',
        '/dashboard/live',
        '/dashboard/devices',
        '/dashboard/none',
        '/metrics',
        '/nothing',
      ],
      ...['/api/v1/pages', '/api/v1/state', '/api/v1/journal', '/api/v1/dead-letters'],
      ...['/api/v1/faults', '/api/v1/history?measurement=ticket', '/api/v1/none'],
    ];
    for (const path of staffOnly) equal(await status(path), 403, path);
    equal(await status('/api/v1/commands/device.accept', 'POST'), 403);
    const problem = await (await fetch(`${gateway.address}/api/v1/state`, { headers })).json();
    equal(problem.type, 'urn:hallcast:problem:role');
    // A view that is not for them is none, as on the live stream.
    equal(await status('/api/v1/state?view=screen:b1'), 200);
    equal(await status('/api/v1/state?view=live'), 404);
    const page = new TestPage(gateway, hello('live'), headers);
    equal((await page.closed).reason, 'view');
    const board = new TestPage(gateway, hello('screen:b1'), headers);
    await board.until('snapshot', ({ revision }) => revision > 0);
    await board.close();
    // On this machine itself everything is answered.
    const { pages } = await gateway.json<{ pages: { path: string }[] }>('/api/v1/pages');
    ok(pages.some(({ path }) => path === '/dashboard/live'));
    const local = new TestPage(gateway, hello('live'));
    await local.until('snapshot', ({ revision }) => revision > 0);
    await local.close();
    await gateway.stop();
  },
);

Deno.test('what an operation is for is in the description', async () => {
  const gateway = await openTestGateway();
  const { paths } = await gateway.json<{
    paths: Record<string, Record<string, { 'x-audience': unknown }>>;
  }>('/api/v1/openapi.json');
  const audiences = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map((operation) => operation['x-audience']),
  );
  ok(audiences.length > 15 && audiences.every((audience) => audience !== undefined));
  equal(paths['/api/v1/hall']?.['get']?.['x-audience'], 'public');
  ok(!JSON.stringify(paths['/api/v1/journal']).includes('"x-audience":"public"'));
  await gateway.stop();
});
