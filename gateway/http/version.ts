// Which build of the pages this gateway serves: pages that were loaded from another one load anew. SPEC §6.11.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A hash of the built pages, which name their scripts and styles by hash. Reads the folder. */
export function pagesVersion(folder: string): string {
  const hash = createHash('sha256');
  for (const part of ['dashboard', 'signage']) {
    for (const name of htmlFiles(join(folder, part))) {
      hash.update(`${part}/${name}\n`).update(readFileSync(join(folder, part, name)));
    }
  }
  return hash.digest('base64url').slice(0, 16);
}

function htmlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.html'))
      .sort();
  } catch {
    // Not built yet.
    return [];
  }
}

/** A page that says in its head which version it is. */
export function withVersion(html: string, version: string): string {
  return html.replace(/<head[^>]*>/, `$&<meta name="hallcast-version" content="${version}" />`);
}
