// Commands of people over HTTP: 66 windows whose states are set, by 32 programs at once; from the request to the durable answer.
import { benchHall } from './rig/demo-hall.ts';
import { bench, now, quantile, type Figure } from './rig/bench.ts';
import { cpuSeconds } from './rig/process.ts';
import { startGateway } from '../services/gateway.ts';

const COUNT = 10_000;
const AT_ONCE = 32;
const WARM = 1_000;
const STATES = ['idle', 'paused', 'away', 'serving'] as const;

await bench('commands', async (tidy): Promise<Figure[]> => {
  const hall = benchHall({ hour: 10, always: true });
  // What one address may ask is a limit of its own, which is not measured here.
  const limits = 'limits: { requests_per_s: 100000, requests_burst: 100000 }';
  const gateway = await startGateway({ hall: `${hall.yaml}\n${limits}\n` });
  tidy(() => gateway.end());
  const windows = hall.config.windows.map(({ id }) => id);
  const times: number[] = [];
  let next = 0;
  const send = async (n: number): Promise<void> => {
    const fields = { window: windows[n % windows.length], state: STATES[n % STATES.length] };
    const began = now();
    const response = await fetch(`${gateway.url}/api/v1/commands/window.set`, {
      method: 'POST',
      body: JSON.stringify({ ...fields, id: `bench-${n}` }),
    });
    const text = await response.text();
    if (response.status !== 200)
      throw new Error(`window.set: answer is ${response.status}: ${text}`);
    if (n >= WARM) times.push(now() - began);
  };
  const program = async (): Promise<void> => {
    while (next < COUNT + WARM) await send(next++);
  };
  const began = now();
  const cpuBefore = cpuSeconds(gateway.pid);
  await Promise.all(Array.from({ length: AT_ONCE }, program));
  const seconds = (now() - began) / 1000;
  const cpu = cpuSeconds(gateway.pid) - cpuBefore;
  return [
    {
      ...{ name: `${AT_ONCE} programs, 66 windows`, value: (COUNT + WARM) / seconds },
      ...{ unit: 'commands/s', digits: 0, aim: { atLeast: 1_000 } },
    },
    { name: 'request → durable answer, p50', value: quantile(times, 0.5), unit: 'ms' },
    { name: 'request → durable answer, p99', value: quantile(times, 0.99), unit: 'ms' },
    {
      name: "gateway's processor a command",
      value: (cpu / (COUNT + WARM)) * 1000,
      unit: 'ms',
      digits: 2,
    },
  ];
});
