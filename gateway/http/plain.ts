// Pages that the gateway writes itself: no address, nothing built. They look like the others where those are built.

const CSS = `
main { max-width: 44rem; margin: 12vh auto; padding: 0 1.5rem; font-family: var(--words, system-ui), sans-serif; line-height: 1.6; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
ul { list-style: none; margin: 2rem 0 0; padding: 0; }
li { padding: 0.625rem 0; border-top: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
a { color: inherit; text-underline-offset: 0.2em; margin-inline-end: 0.5rem; }
main:has(table) { max-width: 76rem; margin-block: 2rem; }
h2 { margin: 3rem 0 1rem; }
h3 { margin: 2rem 0 0.5rem; }
table { width: 100%; border-collapse: collapse; margin: 0.5rem 0 1rem; font-size: 0.9375rem; }
th, td { padding: 0.375rem 1rem 0.375rem 0; text-align: start; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
td:first-child { min-width: 12rem; max-width: 22rem; }
`;

export const PLAIN_CSS = new Response(CSS, {
  headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' },
});

/** @param links to the built pages' styles, if there are any */
export function plainPage(
  title: string,
  body: string,
  links: string,
  language: 'zh' | 'en' = 'zh',
): string {
  return (
    `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">` +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>${title}</title>${links}<link rel="stylesheet" href="/plain.css"></head>` +
    `<body><main>${body}</main></body></html>\n`
  );
}

export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
