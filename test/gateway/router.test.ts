// The router asks who is there before it tells anything, also whether there is such an address.
import { deepStrictEqual as equal } from 'node:assert/strict';
import { Gate } from '../../gateway/http/gate.ts';
import { createRouter, type Route } from '../../gateway/http/router.ts';

Deno.test('who is let in nowhere does not learn which addresses there are', async () => {
  const handle = () => new Response('secret');
  const routes: Route[] = [
    { method: 'GET', path: '/page', audience: 'public', handle },
    { method: 'POST', path: '/api/v1/act', audience: 'public', handle },
  ];
  const asked: (string | undefined)[] = [];
  const router = createRouter({
    gate: new Gate({ requests_per_s: 100, requests_burst: 100, requests_open: 100 }),
    routes,
    knowsHost: () => true,
    notFound: handle,
    onError: (error) => {
      throw error;
    },
    observe: () => {},
    guard: (_exchange, route) => {
      asked.push(route?.path);
      return new Response('who are you?', { status: 401 });
    },
  });
  const seen = new Set<string>();
  for (const path of ['/page', '/nothing', '/api/v1/act', '/api/v1/nothing']) {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const request = new Request(`http://hall${path}`, { method });
      const response = await router(request, '10.0.0.1', Promise.resolve());
      seen.add(`${response.status} ${await response.text()} ${response.headers.get('allow')}`);
    }
  }
  equal([...seen], ['401 who are you? null']);
  equal(new Set(asked), new Set(['/page', undefined, '/api/v1/act']));
});
