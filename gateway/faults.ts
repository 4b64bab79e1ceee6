// Looks once a second at what is wrong, tells the log when a fault begins and ends, and keeps what cuts may know of the
// world outside the hall's state.
import type { HallConfig } from '../hall/config.ts';
import type { Discovered } from '../hall/discovered.ts';
import { findFaults, keepFaults, NO_FAULTS, type Fault, type Standing } from '../hall/fault.ts';
import type { Budget, GatewayStatus } from '../hall/gateway-status.ts';
import type { Neighbour } from '../hall/neighbour.ts';
import type { Hall } from '../hall/state.ts';
import type { Clock } from './clock.ts';
import type { Health } from './health.ts';
import { message, type Log } from './log.ts';
import { localized } from './start/language.mjs';

export interface FaultWatch {
  /** for cutView */
  readonly gatewayStatus: GatewayStatus;
  /** the gravest and oldest first */
  readonly faults: readonly Fault[];
  /** Looks now, without waiting for the next second. */
  look(): void;
  stop(): void;
}

export interface FaultWatchOptions {
  readonly hall: () => Hall;
  readonly config: () => HallConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: () => Health;
  /** The broker is not the gateway's own. */
  readonly keepsWills: boolean;
  readonly discovered: () => readonly Discovered[];
  readonly neighbours?: () => readonly Neighbour[];
  /** Limits that strangers could use up. */
  readonly budgets?: () => readonly Budget[];
  /** Faults that parts of the gateway found themselves. */
  readonly findings?: () => readonly Fault[];
  readonly pastDays?: () => Pick<GatewayStatus, 'usual' | 'periods'>;
}

const LOOK_MS = 1_000;

export function watchFaults(options: FaultWatchOptions): FaultWatch {
  const { clock, log, keepsWills } = options;
  let standing: Standing = NO_FAULTS;
  let gatewayStatus = around(options, standing.faults);

  const look = (): void => {
    try {
      const now = clock.now();
      const config = options.config();
      const { faults: _told, ...present } = around(options, standing.faults);
      const found = findFaults(options.hall(), config, now, present, standing.faults);
      const next = keepFaults(standing, found, now, config);
      for (const fault of next.begun) tell(log, 'begins', fault);
      for (const fault of next.ended) tell(log, 'ends', fault);
      standing = { faults: next.faults, foundAt: next.foundAt };
      gatewayStatus = { ...present, faults: standing.faults };
    } catch (error) {
      log.onError(error, { stage: 'faults' });
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    get gatewayStatus() {
      return {
        ...{ ...gatewayStatus, keepsWills, ...options.pastDays?.() },
        // Looked up by the device page's cut alone. Of a device that was accepted a moment ago it must not still say that
        // it is discovered.
        get discovered() {
          return options.discovered();
        },
      };
    },
    get faults() {
      return standing.faults;
    },
    look,
    stop: () => clearInterval(timer),
  };
}

function around(options: FaultWatchOptions, faults: readonly Fault[]): GatewayStatus {
  const { role, parts } = options.health();
  const { broker, standby } = parts;
  // A standby hears what its leader hears, as long as it follows.
  const hears = broker.state === 'ok' && (role !== 'standby' || standby?.state === 'ok');
  return {
    role,
    parts,
    listeningSince: hears ? broker.since : options.clock.now(),
    keepsWills: options.keepsWills,
    discovered: options.discovered(),
    neighbours: options.neighbours?.() ?? [],
    budgets: options.budgets?.() ?? [],
    findings: options.findings?.() ?? [],
    faults,
  };
}

function tell(log: Log, what: 'begins' | 'ends', fault: Fault): void {
  const { id, kind, severity, title, detail, devices } = fault;
  const fields = {
    ...{ id, kind, severity },
    ...(devices.length > 0 && { devices: devices.length }),
    ...(detail !== undefined && { detail: localized(detail.zh, detail.en ?? detail.zh) }),
  };
  if (what === 'begins' && severity > 1) log.warn(message('fault.begins', { title }), fields);
  else log.info(`fault ${what}: ${title.en ?? title.zh}`, fields);
}
