// A website whose name is made to point here is not a page of this gateway.
import { equal, match } from 'node:assert/strict';
import { request } from 'node:http';
import { createHostCheck } from '../../gateway/http/host.ts';
import { HALL, openTestGateway } from './open.ts';

const KNOWN: readonly (readonly [host: string, known: boolean])[] = [
  ['127.0.0.1:8080', true],
  ['192.168.3.7', true],
  ['[::1]:8080', true],
  ['localhost:8080', true],
  ['signage', true],
  ['signage.local', true],
  ['gateway.hall.internal', true],
  ['hall.example.gov.cn', true],
  ['HALL.example.gov.cn', true],
  ['rebind.example.com', false],
  ['127.0.0.1.example.com', false],
  ['evil-local', true],
  ['evil.notlocal', false],
  ['example.gov.cn', false],
];

for (const [host, known] of KNOWN) {
  Deno.test(`${host} is ${known ? '' : 'not '}this gateway`, () => {
    const knows = createHostCheck(['hall.example.gov.cn']);
    equal(knows(new URL(`http://${host}/`)), known);
  });
}

Deno.test('another host is refused on every address, with what to do', async () => {
  const hall = HALL.replace('http: {', 'http: { hosts: [hall.example.gov.cn],');
  const gateway = await openTestGateway({ hall });
  try {
    for (const path of ['/', '/api/v1/state', '/live', '/mqtt', '/healthz']) {
      const refused = await ask(gateway.ports.http, path, 'rebind.example.com');
      equal(refused.status, 421, path);
      match(refused.body, /http\.hosts/);
    }
    equal((await ask(gateway.ports.http, '/healthz', 'hall.example.gov.cn')).status, 200);
  } finally {
    await gateway.stop();
  }
});

function ask(port: number, path: string, host: string) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
