// @ts-check
// The real services that the tests run against, from Debian: installed where this user may, else named in one line.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { say, stop } from '../gateway/start/install.mjs';

/** Package → a file that it brings. */
const needed = {
  mosquitto: '/usr/sbin/mosquitto',
  'mosquitto-clients': '/usr/bin/mosquitto_pub',
  influxdb: '/usr/bin/influxd',
  openssl: '/usr/bin/openssl',
  chromium: '/usr/bin/chromium',
  'fonts-noto-cjk': '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
};
const policy = '/usr/sbin/policy-rc.d';

/** Installs what is missing, without starting any service of it; stops with one line where it may not. */
export function installSystemPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!mayInstall)
    stop(`tests: need the system packages ${missing.join(' ')}: please install them`);

  say(`installing ${missing.join(' ')} …`);
  // Debian asks this program before it starts a service that it has just installed; 101 is no.
  const addsPolicy = !existsSync(policy);
  if (addsPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt(['update', '-qq']);
    apt(['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  } finally {
    if (addsPolicy) rmSync(policy, { force: true });
  }
  const still = missingPackages();
  if (still.length > 0)
    stop(`tests: apt-get could not install ${still.join(' ')}: please install them`);
}

function missingPackages() {
  return Object.entries(needed)
    .filter(([, file]) => !existsSync(file))
    .map(([name]) => name);
}

/** @param {string[]} words */
function apt(words) {
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
