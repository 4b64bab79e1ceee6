// Every alarm is in the log, with the device that raised or cleared it: the first that somebody looks for afterwards. A
// flood of them is counted. SPEC §17.17.
import type { EmergencySignal } from '../hall/signal.ts';
import type { Entry, Journal } from './journal.ts';
import { message, type Log } from './log.ts';

export interface AlarmOptions {
  readonly journal: Pick<Journal, 'onCommit'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** A standby only copies what its leader has told. */
  readonly leads: () => boolean;
  /** a steady clock, ms */
  readonly now?: () => number;
}

/** In a minute; more are one line with their number and devices. */
const LINES_A_MINUTE = 100;
const DEVICES_SHOWN = 20;
const ZONES_SHOWN = 20;

/** Returns what ends it. */
export function tellAlarms(options: AlarmOptions): () => void {
  const { journal, leads, now = () => performance.now() } = options;
  let minute = -1;
  let lines = 0;
  const untold = { count: 0, devices: new Set<string>() };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const sum = (): void => {
    timer = undefined;
    if (untold.count === 0) return;
    const devices = [...untold.devices].slice(0, DEVICES_SHOWN);
    options.log.warn(message('alarm.more', { count: untold.count }), { stage: 'alarms', devices });
    untold.count = 0;
    untold.devices.clear();
  };
  const take = (entry: Entry): void => {
    const present = Math.floor(now() / 60_000);
    if (present !== minute) {
      minute = present;
      lines = 0;
    }
    if (++lines <= LINES_A_MINUTE) return tell(options.log, entry);
    untold.count++;
    if (untold.devices.size < DEVICES_SHOWN) untold.devices.add(entry.device);
    timer ??= setTimeout(sum, 60_000);
  };
  const unfollow = journal.onCommit((entries) => {
    if (!leads()) return;
    for (const entry of entries) if (entry.stream === 'emergency') take(entry);
  });
  return () => {
    unfollow();
    clearTimeout(timer);
    sum();
  };
}

function tell(log: AlarmOptions['log'], { seq, device, signal }: Entry): void {
  const { type, kind, zones, drill } = signal as EmergencySignal & { readonly drill?: boolean };
  const isReal = type === 'activated' && drill !== true;
  const shown = zones.slice(0, ZONES_SHOWN).join(' ');
  const fields = { stage: 'alarms', device, kind, zones: shown, type, seq };
  if (isReal) log.warn(message('alarm.activated', { device, kind }), fields);
  else log.info(`alarm: ${type} ${kind}${drill === true ? ' (drill)' : ''} by ${device}`, fields);
}
