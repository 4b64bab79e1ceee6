/**
 * Signals per second from devices to durable: the way in (broker, decoder, journal) beside bare
 * aedes, which keeps nothing, under the same load in the same run. Figures are medians of rounds.
 * deno run -A test/bench/intake.ts [signals per device] [window] [rounds]
 */
const [perDevice = 8_000, window = 300, rounds = 3] = Deno.args.map(Number);
const devices = 50;
const house = new URL('../..', import.meta.url).pathname;
/** Young objects live until their commit, a few ms: a larger nursery spares copying them. */
export const v8Flags = '--v8-flags=--min-semi-space-size=64,--max-semi-space-size=64';

interface Run {
  perSecond: number;
}

async function lineOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value).trim();
}

function deno(script: string, ...args: string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: ['run', '--no-check', '-A', v8Flags, script, ...args],
    cwd: house,
    stdout: 'piped',
    stderr: 'inherit',
  });
}

async function run(script: string, ...args: string[]): Promise<Run> {
  const server = deno(script, ...args).spawn();
  const port = await lineOf(server.stdout);
  const load = [port, devices, perDevice, window].map(String);
  const { stdout } = await deno('test/bench/mqtt-load.ts', ...load).output();
  server.kill('SIGTERM');
  await server.status;
  const { signals, seconds } = JSON.parse(new TextDecoder().decode(stdout)) as {
    signals: number;
    seconds: number;
  };
  return { perSecond: signals / seconds };
}

function median(runs: readonly Run[]): number {
  const sorted = runs.map(({ perSecond }) => perSecond).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const durable: Run[] = [];
const bare: Run[] = [];
for (let round = 0; round < rounds; round++) {
  const data = await Deno.makeTempDir({ prefix: 'hallcast-bench-' });
  durable.push(await run('test/gateway/crash-program.ts', data));
  await Deno.remove(data, { recursive: true });
  bare.push(await run('test/bench/bare-aedes.ts'));
}
const ours = median(durable);
const peer = median(bare);
console.log(
  `intake: ${Math.round(ours)} signals/s to durable (aim 40000), ` +
    `bare aedes ${Math.round(peer)}/s; ratio ${(ours / peer).toFixed(2)} (aim 0.70); ` +
    `${devices} devices, QoS 1, window ${window}, medians of ${rounds} rounds`,
);
