// @ts-check
// `npm run reference`: writes the reference into docs/, made from the schemas. It may write there, and nothing else.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, denoPath, install, root } from './install.mjs';

checkNode();
install();

const { status } = spawnSync(
  denoPath(),
  [
    ...['run', '--quiet', '--no-prompt', '--no-remote', '--cached-only', '--no-lock'],
    ...['--ignore-env', `--config=${join(root, 'deno.json')}`],
    ...[`--allow-write=${join(root, 'docs')}`, join(root, 'gateway/reference/write.ts')],
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
