// @ts-check
// The demo hall's day: a time zone in which it is mid-morning now, kept in DATA/demo.json so that a second start goes
// on with the same day while that day is still open.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './install.mjs';
import { localized } from './language.mjs';

/**
 * `past`: whether the days before it are made; absent where the day began without.
 * @typedef {{ timezone: string, pace: number, startedAt: number, past?: 'begun' | 'made' }} DemoDay
 */

const morningHour = 10;
/** The exit code where a setting is wrong. */
const settingsMistake = 2;
// Hours of the demo day with enough of it before and after; minutes from midnight.
const openSpans = [
  [9 * 60 + 30, 11 * 60 + 45],
  [14 * 60, 17 * 60],
];
// What a demo day leaves in the data folder. Damaged files that were set aside have other names and stay.
const ownFiles =
  /^((journal|(facts|history|rollup)[\w-]*)\.sqlite(-wal|-shm|-journal)?|(backfill|hall|subscriptions)\.json|accepted-devices\.yaml)$/;

/**
 * The day that the demo shows: the one that was begun, or a new one, whose beginning removes the old one's data.
 * @throws where the data folder holds data that no demo wrote
 * @param {string} data folder
 * @param {number} pace
 * @param {number} now integer ms
 * @returns {DemoDay}
 */
export function demoDay(data, pace, now) {
  const begun = readDay(data);
  const isWhole = begun?.past !== 'begun';
  if (begun && isWhole && begun.pace === 1 && pace === 1 && isStillOpen(begun, now)) return begun;
  if (begun) removeOwnFiles(data);
  else if (readdirSync(data).some((name) => ownFiles.test(name))) {
    throw new Error(
      localized(
        `演示：${data} 中是真实大厅的数据，应为演示专用目录：请用 --data DIR 另选目录，或用 --hall FILE 指定大厅`,
        `demo: ${data} holds the data of a real hall, should be a folder for the demo: ` +
          'give another with --data DIR, or the hall with --hall FILE',
      ),
    );
  }
  return keepDay(data, { timezone: morningZone(now), pace, startedAt: now });
}

/**
 * Has the days before that one made where the folder is empty. What was killed in between counts for nothing: the next start
 * removes it and begins again. Where the past cannot be made, the demo goes on without.
 * @param {string} data folder
 * @param {DemoDay} day
 * @param {() => Promise<number>} make resolves with the exit code
 */
export async function makePast(data, day, make) {
  if (readdirSync(data).some((name) => ownFiles.test(name))) return;
  keepDay(data, { ...day, past: 'begun' });
  const code = await make();
  if (code === 0) {
    keepDay(data, { ...day, past: 'made' });
    return;
  }
  removeOwnFiles(data);
  keepDay(data, day);
  // The gateway tells what is wrong with the settings, and ends.
  if (code === settingsMistake) return;
  say(
    `演示：没能生成此前的数据（退出码 ${code}），今天没有历史可看`,
    `demo: the past could not be made (exit code ${code}): today has no days before it`,
  );
}

/**
 * @param {string} data
 * @param {DemoDay} day
 * @returns {DemoDay}
 */
function keepDay(data, day) {
  writeFileSync(dayFile(data), `${JSON.stringify(day)}\n`);
  return day;
}

/**
 * Before a real hall starts: its data never mix with a demo's.
 * @param {string} data folder
 */
export function leaveDemo(data) {
  if (!existsSync(dayFile(data))) return;
  say(
    `正在清除 ${data} 中的演示数据：现在启动的是真实大厅`,
    `removing the demo's data from ${data}: this is a real hall`,
  );
  removeOwnFiles(data);
  rmSync(dayFile(data));
}

/**
 * The whole-hour zone in which it is 10:xx. Names of Etc/GMT zones have the sign of POSIX: Etc/GMT-8 is east, UTC+8.
 * @param {number} now integer ms
 */
export function morningZone(now) {
  const ahead = morningHour - new Date(now).getUTCHours();
  const east = ahead < -12 ? ahead + 24 : ahead;
  return east === 0 ? 'Etc/GMT' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}

/**
 * @param {DemoDay} day
 * @param {number} now
 */
function isStillOpen({ timezone, startedAt }, now) {
  const [began, present] = [localTime(startedAt, timezone), localTime(now, timezone)];
  return (
    began.date === present.date &&
    openSpans.some(([from = 0, to = 0]) => from <= present.minute && present.minute <= to)
  );
}

/**
 * @param {number} at
 * @param {string} timeZone
 */
function localTime(at, timeZone) {
  const text = new Date(at).toLocaleString('sv-SE', { timeZone });
  const [date, clock = ''] = text.split(' ');
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return { date, minute: hour * 60 + minute };
}

/**
 * The day that was begun in this folder; a file that cannot be read is a demo's all the same.
 * @param {string} data
 * @returns {DemoDay | undefined}
 */
function readDay(data) {
  if (!existsSync(dayFile(data))) return undefined;
  try {
    const day = JSON.parse(readFileSync(dayFile(data), 'utf8'));
    localTime(day.startedAt, day.timezone);
    return day;
  } catch {
    return { timezone: 'Etc/GMT', pace: 0, startedAt: 0 };
  }
}

/** @param {string} data */
function removeOwnFiles(data) {
  for (const name of readdirSync(data)) if (ownFiles.test(name)) rmSync(join(data, name));
}

/** @param {string} data */
function dayFile(data) {
  return join(data, 'demo.json');
}
