// The house's lint rules: what is wrong anywhere, which folder may import which, and what keeps `hall/` and `vendors/` pure.
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** The import rule of the house: folder → the folders of ours that it may import besides itself. */
const mayImport = {
  hall: [],
  vendors: ['hall'],
  gateway: ['hall', 'vendors'],
  screen: ['hall'],
  signage: ['screen', 'hall'],
  dashboard: ['screen', 'hall'],
  demo: ['hall'],
};
/** Single files that a folder may name besides; docs/design.md has the reasons. */
const mayImportFiles = {
  gateway: ['demo/hall.yaml'],
  demo: [
    ...['gateway/clock.ts', 'gateway/parent.ts', 'gateway/start/language.mjs'],
    ...['gateway/config.ts', 'gateway/config/text.ts'],
    ...['gateway/facts/follower.ts', 'gateway/facts/store.ts', 'gateway/fold.ts'],
    ...['gateway/journal/entry.ts', 'gateway/journal/store.ts'],
  ],
};
const folders = [...Object.keys(mayImport), 'test'];
const pages = ['screen', 'signage', 'dashboard'];
/** Folders whose results depend on the arguments alone. */
const pure = ['hall', 'vendors'];

/** Packages that do not belong into a folder, with the reason that the linter prints. */
const packages = {
  ...Object.fromEntries(
    pure.map((folder) => [
      folder,
      [
        {
          regex: '^(node|npm|jsr|https?):|^(svelte|aedes|mqtt|mqtt-packet|prom-client|vite)(/|$)',
          message: `${folder}/ is pure: no I/O, no framework`,
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    ['gateway', 'demo'].map((folder) => [
      folder,
      [
        {
          regex: '^(svelte|vite)(/|$)|^(npm|jsr|https?):',
          message: `${folder}/ has no pages`,
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    pages.map((page) => [
      page,
      [
        {
          regex: '^(node|npm|jsr|https?):|^(aedes|mqtt|mqtt-packet|prom-client)(/|$)',
          message: 'a page talks to the gateway only, by screen/feed',
        },
        {
          regex: '^d3(-selection|-axis|-transition)?(/|$)',
          message: 'D3 computes (array, scale, shape, time), Svelte draws',
        },
      ],
    ]),
  ),
};

/** Things that make a result depend on more than the arguments. */
const impureGlobals = [
  ...['Deno', 'process', 'Buffer', 'globalThis', 'self', 'window', 'document', 'navigator'],
  ...['location', 'localStorage', 'sessionStorage', 'indexedDB', 'fetch', 'WebSocket', 'console'],
  ...['XMLHttpRequest', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate'],
  ...['queueMicrotask', 'requestAnimationFrame', 'requestIdleCallback', 'Worker'],
];
const impureSyntax = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'hall/ and vendors/ have no clock: pass `now` (integer ms) as an argument',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'hall/ and vendors/ have no clock: pass `now` (integer ms) as an argument',
  },
  {
    selector: 'CallExpression[callee.property.name=/^format(ToParts)?$/][arguments.length=0]',
    message: 'without an argument Intl formats the machine’s present time: pass `at`',
  },
];
/** What the content security policy of the pages refuses in a template. */
const inlineStyle = {
  selector: "SvelteAttribute[key.name='style'][value.length=1] > SvelteLiteral",
  message:
    'the content security policy refuses a style attribute: use a class or style:name={value}',
};
/** Svelte makes of such an attribute an element with a fixed style attribute. */
const customProperty = {
  selector: "SvelteElement[kind='component'] SvelteAttribute[key.name=/^--/]",
  message:
    'the content security policy refuses a custom property of a component: set it in the style of an element around it',
};
const impureProperties = [
  {
    object: 'Date',
    property: 'now',
    message: 'hall/ and vendors/ have no clock: pass `now` as an argument',
  },
  {
    object: 'Math',
    property: 'random',
    message: 'hall/ and vendors/ have no randomness: pass a seed',
  },
  {
    object: 'Temporal',
    property: 'Now',
    message: 'hall/ and vendors/ have no clock: pass `now` as an argument',
  },
];

/**
 * The rules for one folder. Static imports and re-exports are seen by `no-restricted-imports`; dynamic imports, type
 * imports (`import('…').T`) and worker addresses (`new URL('…')`) by `no-restricted-syntax`.
 */
function folderRules(folder) {
  const allowed = mayImport[folder];
  const files = mayImportFiles[folder] ?? [];
  const forbidden = folders.filter((name) => name !== folder && !allowed.includes(name)).join('|');
  const ours = [...allowed.map((name) => `${name}/`), ...files].join(', ') || 'nothing of ours';
  const message = `import rule: ${folder}/ may import ${ours}`;
  const named = files.map((file) => `(?!${file.replace(/[/.]/g, '\\$&')}$)`).join('');
  const path = `^(?:\\.{1,2}\\/)*\\.\\.\\/${named}(?:${forbidden})(?:\\/|$)`;
  const isPure = pure.includes(folder);
  return {
    files: [`${folder}/**/*.{ts,js,mjs,svelte}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: path, message },
            { regex: '^/', message: 'import by a relative path' },
            ...packages[folder],
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: `:matches(ImportExpression, TSImportType, NewExpression) Literal[value=/${path}/]`,
          message,
        },
        ...(isPure ? impureSyntax : []),
        ...(pages.includes(folder) ? [inlineStyle, customProperty] : []),
      ],
      ...(isPure && {
        'no-restricted-globals': ['error', ...impureGlobals],
        'no-restricted-properties': ['error', ...impureProperties],
      }),
    },
  };
}

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', 'data/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-check': false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}', 'vite.config.ts', 'test/e2e/**', 'test/bench/**'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: { 'prefer-const': 'off', 'svelte/prefer-const': 'error' },
  },
  {
    // A promise that nobody waits for loses its error: seen with types only.
    files: ['{hall,vendors,gateway,screen,signage,dashboard,demo}/**/*.ts'],
    ignores: ['**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'gateway/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off' } },
  ...Object.keys(mayImport).map(folderRules),
);
