// One morning of the recorded hall: what its devices send, in the order of time.

export interface Said {
  /** ms since 1970 */
  readonly at: number;
  readonly device: string;
  readonly stream: string;
  readonly signal: Readonly<Record<string, unknown>>;
}

const MINUTE = 60_000;
const VISITS = 24;

/** @param open 08:30 of the day, ms since 1970; @param minutes how much of the morning */
export function morning(day: number, open: number, minutes: number): Said[] {
  return [...visits(day, open), ...windows(open), ...equipment(day, open), ...others(day, open)]
    .filter(({ at }) => at < open + minutes * MINUTE)
    .sort((a, b) => a.at - b.at);
}

/** Every window serves its own queue: a visit is called when the one before it has ended. */
function visits(day: number, open: number): Said[] {
  const said: Said[] = [];
  const free = [open + 20 * MINUTE, open + 22 * MINUTE];
  for (let index = 0; index < VISITS; index++) {
    const side = index % 2;
    const window = `w${side + 1}`;
    const ticket = `${'AB'[side]}${String(101 + index)}`;
    const issued = open + (15 + index * 5) * MINUTE;
    const say = (type: string, at: number, more: object = {}) =>
      void said.push({
        ...{ at, device: type === 'issued' ? 'disp-1' : `call-${side + 1}`, stream: 'ticket' },
        signal: { type, id: `${ticket}-${type}-${at}`, ticket, at, ...more },
      });
    const service = index % 3 === 0 ? {} : { service: `s${side + 1}` };
    say('issued', issued, { queue: `q${side + 1}`, channel: 'kiosk', ...service });
    const called = Math.max(free[side] ?? 0, issued + 2 * MINUTE);
    if (index === 5) {
      say('cancelled', issued + MINUTE);
      continue;
    }
    // The last ones are still waiting when the hall closes, or when the gateway ends.
    if (index >= VISITS - 2) continue;
    say('called', called, { window });
    if (index % 7 === 4) {
      say('no_show', called + 2 * MINUTE, { window });
      free[side] = called + 3 * MINUTE;
      continue;
    }
    const serving = called + MINUTE;
    const ended = serving + (6 + ((index + day) % 5)) * MINUTE;
    say('serving', serving, { window });
    if (index === 8) {
      say('held', serving + 2 * MINUTE, { window, reason: '补材料' });
      say('resumed', serving + 4 * MINUTE, { window });
    }
    if (index === 11) say('transferred', ended, { to_queue: 'q2', window });
    else say('completed', ended, { window, outcome: index % 4 === 1 ? 'accepted' : 'done' });
    free[side] = ended + MINUTE;
    if (index % 3 !== 2 || side === 1) continue;
    const signal = {
      type: 'submitted',
      id: `${ticket}-e-${day}`,
      window,
      level: 5 - (index % 4),
      ticket,
    };
    const at = ended + MINUTE;
    said.push({ at, device: 'pad-1', stream: 'evaluation', signal: { ...signal, at } });
  }
  return said;
}

function windows(open: number): Said[] {
  const state = (minute: number, window: number, to: string, more: object = {}): Said => {
    const at = open + minute * MINUTE;
    const signal = { type: 'state', at, window: `w${window}`, state: to, ...more };
    return { at, device: `call-${window}`, stream: 'window', signal };
  };
  return [1, 2].flatMap((window) => [
    state(15, window, 'idle', { staff: `00${6 + window}` }),
    ...(window === 2 ? [state(169, 2, 'paused', { reason: '会议' })] : []),
    state(175, window, 'closed'),
  ]);
}

function equipment(day: number, open: number): Said[] {
  const said: Said[] = [];
  for (let minute = 14; minute < 180; minute += 10) {
    const at = open + minute * MINUTE;
    const turn = day + minute / 10;
    const say = (device: string, stream: string, signal: object) =>
      void said.push({ at, device, stream, signal: { at, ...signal } });
    const warm = { temp_c: 20 + (turn % 8), rssi_dbm: -50 - (turn % 9) };
    say('disp-1', 'device', { type: 'state', state: 'online', paper_pct: 90 - minute / 4 });
    say('cam-1', 'device', { type: 'state', state: minute === 94 ? 'fault' : 'online', ...warm });
    say('call-1', 'device', { type: 'state', state: 'online' });
    say('call-2', 'device', { type: 'state', state: 'online' });
    say('pad-1', 'device', { type: 'state', state: 'online', battery_pct: 80 - minute / 10 });
    say('cam-1', 'occupancy', { type: 'count', zone: 'z1', present: Math.round(10 + turn * 1.5) });
    say('cam-1', 'network', {
      ...{ type: 'link', zone: 'internet', rtt_ms: 9 + (turn % 4), loss_pct: 0 },
    });
  }
  return said;
}

function others(day: number, open: number): Said[] {
  const say = (minute: number, device: string, stream: string, signal: object): Said => {
    const at = open + minute * MINUTE;
    return { at, device, stream, signal: { at, id: `${stream}-${day}-${minute}`, ...signal } };
  };
  return [
    say(14, 'call-1', 'staff', { type: 'clock', staff: '007', state: 'in', window: 'w1' }),
    say(174, 'call-1', 'staff', { type: 'clock', staff: '007', state: 'out' }),
    say(60, 'call-2', 'case', {
      ...{ type: 'accepted', case: `case-${day}`, department: '医保局', item: '异地就医' },
    }),
    // A window that the hall file does not have: a dead letter.
    say(70, 'call-1', 'window', { type: 'state', window: 'w9', state: 'idle' }),
    ...(day === 3
      ? [
          say(100, 'disp-1', 'emergency', {
            ...{ type: 'activated', kind: 'fire', zones: ['*'], drill: true },
          }),
          say(105, 'disp-1', 'emergency', { type: 'cleared', kind: 'fire', zones: ['*'] }),
          say(150, 'disp-1', 'emergency', {
            ...{ type: 'activated', kind: 'notice', zones: ['z1'] },
            message: { zh: '电梯维护', en: 'Lift maintenance' },
          }),
        ]
      : []),
  ];
}
