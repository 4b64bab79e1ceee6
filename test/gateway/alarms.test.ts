// Every alarm that is accepted is in the log, with device, kind, zones and type; a flood of them is counted.
import { deepStrictEqual as equal, match } from 'node:assert/strict';
import { tellAlarms } from '../../gateway/alarms.ts';
import type { Entry } from '../../gateway/journal.ts';
import { connectDevice, eventually, openTestGateway, publish } from './open.ts';

Deno.test('an alarm and its end are in the log with their device', async () => {
  const gateway = await openTestGateway();
  const panel = await connectDevice(gateway, 'panel-1');
  const alarm = { type: 'activated', id: 'e1', kind: 'fire', zones: ['*'] };
  const send = (signal: object) => publish(panel, 'emergency', signal);
  await send(alarm);
  await send({ ...alarm, id: 'e2', type: 'cleared' });
  // The same message once more changes nothing while it stands, and is a new alarm after its end.
  await send(alarm);
  await send(alarm);
  const told = await eventually(
    'lines',
    () => gateway.lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    (lines) => lines.filter(({ stage }) => stage === 'alarms').length === 3,
  );
  equal(
    told
      .filter(({ stage }) => stage === 'alarms')
      .map(({ level, message, device, kind, zones, type, seq }) => {
        return [level, message, device, kind, zones, type, seq];
      }),
    [
      ['warn', 'alarm: activated fire by panel-1', 'panel-1', 'fire', '*', 'activated', 1],
      ['info', 'alarm: cleared fire by panel-1', 'panel-1', 'fire', '*', 'cleared', 2],
      ['warn', 'alarm: activated fire by panel-1', 'panel-1', 'fire', '*', 'activated', 3],
    ],
  );
  await panel.endAsync();
  await gateway.stop();
});

Deno.test(
  'a flood of alarms is a hundred lines a minute and their number; a standby tells none',
  () => {
    const lines: string[] = [];
    let commit: (entries: readonly Entry[]) => void = () => {};
    let leads = false;
    const write = (line: string) => void lines.push(line);
    const stop = tellAlarms({
      journal: { onCommit: (listener) => ((commit = listener), () => (commit = () => {})) },
      log: { info: write, warn: ({ en }) => write(en) },
      leads: () => leads,
      now: () => 0,
    });
    const signal = { type: 'activated', kind: 'fire', zones: ['*'] };
    const entry = (seq: number, device: string) => ({
      ...{ seq, device, stream: 'emergency', id: `e${seq}`, at: 0, receivedAt: 0, signal },
    });
    commit([entry(1, 'panel-1')]);
    equal(lines, []);
    leads = true;
    commit([{ ...entry(1, 'panel-1'), signal: { ...signal, drill: true } }]);
    equal(lines, ['alarm: activated fire (drill) by panel-1']);
    commit(Array.from({ length: 1_000 }, (_, index) => entry(index, `junk-${index}`)));
    equal(lines.length, 100);
    stop();
    match(lines.join('\n'), /alarm: 901 more in a minute/);
  },
);
