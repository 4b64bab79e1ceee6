// @ts-check
// `npm run rebuild-facts`: has the running gateway make its facts again from the journal, and tells how far it is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stop } from './install.mjs';

const USAGE = `npm run -s rebuild-facts -- [--data DIR]
  --data DIR  the data folder of the gateway, which has to run on this machine (HALLCAST_DATA, else ./data)
Visits and sums of hours are made again from the first whole day that the journal keeps; facts of earlier days stay.`;

const LOOK_MS = 500;

const [flag, given, ...more] = process.argv.slice(2).flatMap((word) => word.split('='));
if (flag === '--help') {
  console.log(USAGE);
} else if (flag !== undefined && (flag !== '--data' || given === undefined || more.length > 0)) {
  stop(`rebuild-facts: ${flag}: should be --data DIR\n${USAGE}`);
} else {
  await rebuild(given ?? process.env['HALLCAST_DATA'] ?? './data');
}

/** @param {string} data */
async function rebuild(data) {
  const url = `http://127.0.0.1:${portIn(data)}`;
  const response = await fetch(`${url}/api/v1/facts/rebuild`, { method: 'POST' }).catch(() =>
    stop(`rebuild-facts: nothing answers at ${url}, the gateway should run`),
  );
  if (response.status !== 200) {
    stop(`rebuild-facts: ${url}: ${response.status} ${await response.text()}`);
  }
  const { entries } = /** @type {{ entries: number }} */ (await response.json());
  console.log(`rebuild-facts: ${entries} entries of the journal`);
  for (let left = entries; left > 0; left = await pendingAt(url)) {
    console.log(`rebuild-facts: ${Math.floor((100 * (entries - left)) / entries)} %`);
    await pause(LOOK_MS);
  }
  console.log('rebuild-facts: done');
}

/** @param {string} url */
async function pendingAt(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^hallcast_facts_pending (\d+)/m.exec(text)?.[1] ?? 0);
}

/** @param {string} data */
function portIn(data) {
  const file = join(data, 'ports.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')).http;
  } catch {
    return stop(
      `rebuild-facts: ${file}: is not there, the gateway should run with this data folder`,
    );
  }
}
