// Builds the pages that hall/page.ts lists: of each HTML file, script, style and fonts are hashed assets
// without any inline code, so that the gateway can serve them under a strict content security policy.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { PAGE_FILES, SCREEN_PAGES, STAFF_PAGES } from './hall/page.ts';

const root = import.meta.dirname;
const gateway = process.env['HALLCAST_HTTP'] ?? '127.0.0.1:8080';

/** The gateway's page addresses on the development server. */
function pageAddresses(): Plugin {
  const pages = [...STAFF_PAGES, ...SCREEN_PAGES]
    .filter(({ path }) => path !== '/')
    .map(({ path, file }): [RegExp, string] => {
      const address = path.replace(':id', '[^/]+');
      return [new RegExp(`^${address}/?$`), `/${file}`];
    });
  return {
    name: 'hallcast:page-addresses',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const [path = '/', query] = (request.url ?? '/').split('?', 2);
        const page = pages.find(([address]) => address.test(path));
        if (page) request.url = path.replace(...page) + (query === undefined ? '' : `?${query}`);
        next();
      });
    },
    // `./screen.ts` is beside the page's file, not beside the address under which the browser knows the page.
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { path }) =>
        html.replace(
          /(src|href)="(\.{1,2}\/[^"]+)"/g,
          (_all, name: string, to: string) =>
            `${name}="${new URL(to, `http://page${path}`).pathname}"`,
        ),
    },
  };
}

/** Stops the build when a page came out with code that a strict content security policy would refuse. */
function noInlineCode(): Plugin {
  const inline = /<script(?![^>]*\ssrc=)[^>]*>|<style[\s>]|<[^>]+\s(?:style|on[a-z]+)=/i;
  return {
    name: 'hallcast:no-inline-code',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.html')) continue;
        const found = inline.exec(String(file.source));
        if (found)
          this.error(`build ${file.fileName}: has inline code ${found[0]}, should have none`);
      }
    },
  };
}

/** Pages are not: the gateway writes its version into them. */
const compressible = /\.(js|css|svg)$/;

/** Compresses what the gateway serves as it is: once for a build, as well as can be, instead of at the first request. */
function compressed(): Plugin {
  return {
    name: 'hallcast:compressed',
    apply: 'build',
    writeBundle({ dir = root }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!compressible.test(name)) continue;
        const bytes = readFileSync(join(dir, name));
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes));
        writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root,
  base: '/',
  publicDir: false,
  plugins: [svelte(), pageAddresses(), noInlineCode(), compressed()],
  build: {
    outDir: 'dist',
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: [...PAGE_FILES],
      checks: { bundlerTimings: false },
      output: {
        codeSplitting: {
          groups: [{ name: 'fonts', test: /[\\/](@fontsource[^\\/]*|screen[\\/]fonts\.css)/ }],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['^/$', '^/api/', '^/(healthz|readyz|metrics)$', '^/(live|mqtt)(\\?|$)'].map((path) => [
        path,
        {
          target: `http://${gateway}`,
          changeOrigin: true,
          ws: path.includes('live'),
          rewriteWsOrigin: true,
        },
      ]),
    ),
  },
});
