// @ts-check
// `npm run pictures -- FOLDER [NAME …] [--seed N]`: PNGs of every page at every size in halls made of the seed, and what
// the check finds wrong with each. With NAMEs only the pictures whose name has one of them. Ends with 1 on findings.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { denoPath, root } from '../../gateway/start/install.mjs';
import { buildPages } from '../../gateway/start/pages.mjs';

buildPages();
const { status } = spawnSync(
  denoPath(),
  ['run', '--no-prompt', '--no-remote', '--cached-only', '--no-check', '--allow-all'].concat(
    join(root, 'test/pictures/pictures.ts'),
    process.argv.slice(2),
  ),
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
