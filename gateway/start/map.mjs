// @ts-check
// `npm run map`: shows what the hall file's sources would make of a message. It may read this folder's modules and the
// files that it is given, and nothing else.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { checkNode, denoPath, install, root } from './install.mjs';
import { languageVariables } from './language.mjs';

checkNode();
install();

const words = process.argv.slice(2);
// Whatever may be a file's name, as `--name FILE` or `--name=FILE`; a comma in one is written twice.
const files = words.map((word) => resolve(word.replace(/^--[a-z]+=/, '')).replaceAll(',', ',,'));
const { status } = spawnSync(
  denoPath(),
  [
    ...['run', '--quiet', '--no-prompt', '--no-remote', '--cached-only', '--no-lock'],
    ...['--ignore-env', `--config=${join(root, 'deno.json')}`],
    `--allow-env=${languageVariables.join(',')}`,
    `--allow-read=${[join(root, 'gateway'), join(root, 'hall'), ...files].join(',')}`,
    ...[join(root, 'gateway/map.ts'), ...words],
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
