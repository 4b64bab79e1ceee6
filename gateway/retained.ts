// What subscribers of the broker find after a restart: each device's last word about itself, retained as it was.
import type { DeviceLive, Hall } from '../hall/state.ts';
import { entries } from '../hall/table.ts';
import { formatTopic } from '../hall/topic.ts';

/** The retained messages of the `device` stream; devices that never said how they are have none. */
export function* retainedStates(hall: Hall): Generator<{ topic: string; payload: Uint8Array }> {
  const encoder = new TextEncoder();
  for (const [device, live] of entries(hall.devices)) {
    if (live.state === 'unknown') continue;
    const topic = formatTopic({ hall: hall.id, device, stream: 'device' });
    yield { topic, payload: encoder.encode(JSON.stringify(signalOf(live))) };
  }
}

/** As the device told it, in the wire's names. */
function signalOf(live: DeviceLive): object {
  const { state, since, fault, firmware } = live;
  return {
    ...{ type: 'state', at: since, state, fault, firmware },
    paper_pct: live.paperPct,
    battery_pct: live.batteryPct,
    temp_c: live.tempC,
    uptime_s: live.uptimeS,
    rssi_dbm: live.rssiDbm,
  };
}
