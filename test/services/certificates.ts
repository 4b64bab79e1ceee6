// Certificates for tests, made by openssl: an authority, a server `localhost` and a client of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  /** paths of PEM files */
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly folder: string;
  /** path of the authority's PEM */
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
  end(): void;
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-certificates-'));
  const path = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl([
    ...['req', '-x509', ...newKey, '-keyout', path('ca.key'), '-out', path('ca.pem')],
    ...['-days', '2', '-subj', '/CN=hall authority'],
  ]);
  const pair = (name: string, subject: string, extensions: readonly string[]): Pair => {
    const [cert, key, request] = ['pem', 'key', 'csr'].map((kind) => path(`${name}.${kind}`)) as [
      string,
      string,
      string,
    ];
    openssl(['req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${subject}`]);
    writeFileSync(path(`${name}.ext`), extensions.join('\n'));
    openssl([
      ...['x509', '-req', '-in', request, '-CA', path('ca.pem'), '-CAkey', path('ca.key')],
      ...['-CAcreateserial', '-out', cert, '-days', '2', '-extfile', path(`${name}.ext`)],
    ]);
    return { cert, key };
  };
  return {
    folder,
    ca: path('ca.pem'),
    server: pair('server', 'localhost', ['subjectAltName=DNS:localhost']),
    client: pair('client', 'hallcast', ['extendedKeyUsage=clientAuth']),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const textOf = (file: string): string => readFileSync(file, 'utf8');

function openssl(words: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', words, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`openssl ${words[0]} ended with ${status}: ${error?.message ?? stderr}`);
}
