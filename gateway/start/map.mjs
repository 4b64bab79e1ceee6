// @ts-check
// `npm run map`: shows what the hall file's sources would make of a message. It may read the files it is given, no more.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, denoPath, install, root } from './install.mjs';

checkNode();
install();

const { status } = spawnSync(
  denoPath(),
  [
    ...['run', '--quiet', '--no-prompt', '--no-remote', '--cached-only', '--no-lock'],
    ...['--ignore-env', '--allow-read', `--config=${join(root, 'deno.json')}`],
    ...[join(root, 'gateway/map.ts'), ...process.argv.slice(2)],
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
