// @ts-check
// The two processes and how they live together: devices start when the gateway listens, everything stops together, and
// the gateway's end is the end.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { denoPath, say } from './install.mjs';
import { frugal } from './memory.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {{ words: string[], env: NodeJS.ProcessEnv }} Command arguments and environment of deno */

const lookMs = 50;
// The gateway drains within its own grace; this is for a process that hangs.
const graceMs = 20_000;

/**
 * Runs until the gateway ends; SIGINT, SIGTERM and SIGHUP stop both gracefully.
 * @param {object} plan
 * @param {string} plan.data folder where the gateway writes ports.json
 * @param {Command} plan.gateway
 * @param {((port: number) => Command) | undefined} plan.devices given the broker's port; none: no simulator
 * @returns {Promise<number>} the exit code: the gateway's
 */
export async function run({ data, gateway: gatewayCommand, devices: deviceCommand }) {
  const deno = denoPath();
  const portsFile = join(data, 'ports.json');
  rmSync(portsFile, { force: true });

  /** @type {ChildProcess[]} */
  const running = [];
  let stopping = false;
  /** @param {Command} command */
  const begin = ({ words, env }) => {
    // A process group of its own: a Ctrl-C reaches this process only, which then stops both in order.
    const child = spawn(deno, words, {
      // Its standard input ends with this process, whatever ends it: then it stops by itself.
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
      env: { ...frugal(env), HALLCAST_PARENT: 'stdin' },
    });
    running.push(child);
    return child;
  };
  const stopAll = () => {
    if (stopping) return;
    stopping = true;
    for (const child of running) child.kill('SIGTERM');
    setTimeout(() => {
      for (const child of running.filter(isAlive)) {
        say(
          `进程 ${child.pid} 在 ${graceMs / 1000} 秒内没有停止，已强制结束`,
          `process ${child.pid} did not stop within ${graceMs / 1000} s: killed`,
        );
        child.kill('SIGKILL');
      }
    }, graceMs).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stopAll);

  const gateway = begin(gatewayCommand);
  const gatewayEnd = ended(gateway);
  if (deviceCommand) {
    void portOf(portsFile, () => isAlive(gateway) && !stopping).then(async (port) => {
      if (port === undefined) return;
      const code = await ended(begin(deviceCommand(port)));
      if (stopping) return;
      say(
        `模拟设备已结束（${code}），网关继续运行`,
        `the simulated devices ended with ${code}; the gateway goes on without them`,
      );
    });
  }
  const code = await gatewayEnd;
  stopAll();
  await Promise.all(running.filter(isAlive).map(ended));
  return code;
}

/**
 * Runs one process to its end; a process that is told to stop stops it as well.
 * @param {Command} command
 * @returns {Promise<number>} exit code
 */
export function runToEnd({ words, env }) {
  const child = spawn(denoPath(), words, {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...env, HALLCAST_PARENT: 'stdin' },
  });
  return ended(child);
}

/**
 * The broker's port, once the gateway has written it down.
 * @param {string} portsFile
 * @param {() => boolean} isWorthWaiting
 */
async function portOf(portsFile, isWorthWaiting) {
  while (isWorthWaiting()) {
    if (existsSync(portsFile)) {
      try {
        return Number(JSON.parse(readFileSync(portsFile, 'utf8')).mqtt);
      } catch {
        // Half written: look again.
      }
    }
    await pause(lookMs);
  }
  return undefined;
}

/** @param {ChildProcess} child */
function isAlive(child) {
  return child.exitCode === null && child.signalCode === null;
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<number>} exit code; a signal counts as 128 and its usual number
 */
function ended(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(`启动 deno：${error.message}`, `start deno: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
}
