// @ts-check
// `npm run rebuild-facts`: has the running gateway make its facts again from the journal, and tells how far it is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stop } from './install.mjs';
import { localized } from './language.mjs';

const USAGE_ZH = `npm run -s rebuild-facts -- [--data DIR]
  --data DIR  网关的数据目录，网关须在本机运行（HALLCAST_DATA，未设时为 ./data）
从流水保留的第一个完整日起，重新生成到访记录和各小时合计；更早日期的记录保持不变。`;
const USAGE_EN = `npm run -s rebuild-facts -- [--data DIR]
  --data DIR  the data folder of the gateway, which has to run on this machine (HALLCAST_DATA, else ./data)
Visits and sums of hours are made again from the first whole day that the journal keeps; facts of earlier days stay.`;

const LOOK_MS = 500;

const [flag, given, ...more] = process.argv.slice(2).flatMap((word) => word.split('='));
if (flag === '--help') {
  console.log(localized(USAGE_ZH, USAGE_EN));
} else if (flag !== undefined && (flag !== '--data' || given === undefined || more.length > 0)) {
  stop(
    `重建事实记录：${flag}：应为 --data DIR\n${USAGE_ZH}`,
    `rebuild-facts: ${flag}: should be --data DIR\n${USAGE_EN}`,
  );
} else {
  await rebuild(given ?? process.env['HALLCAST_DATA'] ?? './data');
}

/** @param {string} data */
async function rebuild(data) {
  const url = `http://127.0.0.1:${portIn(data)}`;
  const response = await fetch(`${url}/api/v1/facts/rebuild`, { method: 'POST' }).catch(() =>
    stop(
      `重建事实记录：${url} 没有应答，网关应在运行`,
      `rebuild-facts: nothing answers at ${url}, the gateway should run`,
    ),
  );
  if (response.status !== 200) {
    const answer = `${response.status} ${await response.text()}`;
    stop(`重建事实记录：${url}：${answer}`, `rebuild-facts: ${url}: ${answer}`);
  }
  const { entries } = /** @type {{ entries: number }} */ (await response.json());
  tell(`流水共 ${entries} 条记录`, `${entries} entries of the journal`);
  for (let left = entries; left > 0; left = await pendingAt(url)) {
    const percent = `${Math.floor((100 * (entries - left)) / entries)} %`;
    tell(percent, percent);
    await pause(LOOK_MS);
  }
  tell('完成', 'done');
}

/**
 * @param {string} zh
 * @param {string} en
 */
function tell(zh, en) {
  console.log(localized(`重建事实记录：${zh}`, `rebuild-facts: ${en}`));
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
      `重建事实记录：${file} 不存在，网关应以此数据目录运行`,
      `rebuild-facts: ${file}: is not there, the gateway should run with this data folder`,
    );
  }
}
