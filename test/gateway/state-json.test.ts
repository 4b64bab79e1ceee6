// The live state as /api/v1/state has it: every part of the state, in the wire's names. SPEC §22.5.
import { deepStrictEqual as equal } from 'node:assert/strict';
import { stateJson } from '../../gateway/http/shape.ts';
import type { CommandSignal } from '../../hall/command/event.ts';
import { NO_MARKS } from '../../hall/marks.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { MINUTE, sampleHall, TEN } from '../hall/sample.ts';

/** What the fold keeps for itself. */
const INTERNAL: readonly (keyof Hall)[] = ['limits', 'reissued', 'timers', 'sizes'];

const config = sampleHall();

function after(...signals: readonly CommandSignal[]): Hall {
  return signals.reduce<Hall>(
    (hall, signal, index) =>
      fold(hall, config, {
        ...{ device: 'command', stream: 'command', signal, at: TEN, marks: NO_MARKS },
        ...{ receivedAt: TEN, seq: index + 1 },
      } satisfies Received),
    startHall(config, TEN),
  );
}

function shown(hall: Hall): Readonly<Record<string, unknown>> {
  return JSON.parse([...stateJson(hall)].join(''));
}

Deno.test('22.5 what commands changed is part of the state', () => {
  const device = { id: 'disp-9', kind: 'dispenser', same_as: 'disp-1', silence_s: 60 } as const;
  const { accepted, assigned } = shown(
    after(
      { type: 'device.ignored', source: 'zigbee2mqtt', address: '0x1' },
      { type: 'device.accepted', source: 'mqtt', address: 'disp-9', device },
      { type: 'window.assigned', window: 'w1', queues: ['q2'], until: TEN + MINUTE },
      { type: 'window.assigned', window: 'w2', queues: [] },
    ),
  );
  equal(accepted, { devices: [device], ignored: [{ source: 'zigbee2mqtt', address: '0x1' }] });
  equal(assigned, { w1: { queues: ['q2'], until: TEN + MINUTE }, w2: { queues: [] } });
});

Deno.test('each part of the state is shown, or named as internal', () => {
  const hall = startHall(config, TEN);
  const expected = Object.keys(hall).filter((part) => !INTERNAL.includes(part as keyof Hall));
  equal(Object.keys(shown(hall)).sort(), expected.sort());
});
