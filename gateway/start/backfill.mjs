// @ts-check
// `npm run backfill`: fills a history from the journal, on Deno with what that takes and no more.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { checkNode, denoPath, install, root } from './install.mjs';
import { frugal } from './memory.mjs';
import { backfillArguments } from './permissions.mjs';
import { readSettings } from './settings.mjs';

checkNode();
install();

const flags = process.argv.slice(2);
const settings = readSettings(flags, process.env);
const hall = settings.hall ?? resolve(root, 'demo/hall.yaml');
const child = spawn(denoPath(), [...backfillArguments({ ...settings, hall }), ...flags], {
  env: frugal(process.env),
  stdio: 'inherit',
});
// Ctrl-C reaches both; the other one ends in its own order.
process.on('SIGINT', () => child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
