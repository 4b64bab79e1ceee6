// Alarms in doubt, and alarms that anybody may raise. SPEC §4.10, §12.16.
import type { HallConfig } from '../config.ts';
import type { Hall } from '../state.ts';
import type { Fault } from './kinds.ts';

export function emergencyFaults(hall: Hall, config: HallConfig, now: number): Fault[] {
  return [...doubtful(hall), ...unrestricted(config, now)];
}

function doubtful(hall: Hall): Fault[] {
  return Object.entries(hall.emergencies).flatMap(([kind, { doubt, since, device }]): Fault[] => {
    if (!doubt) return [];
    return [
      {
        id: `emergency:${kind}`,
        kind: 'emergency',
        severity: 2,
        since,
        title: {
          zh: `${device} 的告警内容不完整，已按全厅告警显示`,
          en: `The alarm of ${device} could not be read in full and is shown everywhere that it may concern`,
        },
        action: {
          zh: '请先核实现场，再检查该设备发送的区域、编号与时间',
          en: 'Look at the place first; then check the zones, id and time that the device sends',
        },
        devices: [device],
      },
    ];
  });
}

/** In a real hall that lists its devices, anybody on the network may still raise an alarm. */
function unrestricted(config: HallConfig, now: number): Fault[] {
  if (config.hall.demo || config.devices.length === 0 || config.emergency_from !== undefined) {
    return [];
  }
  return [
    {
      id: 'emergency:from',
      kind: 'emergency',
      severity: 1,
      since: now,
      title: {
        zh: '任何设备都可以发出告警',
        en: 'Any device may raise an alarm',
      },
      action: {
        zh: '请在大厅文件的 emergency_from: 中列出可发告警的设备（没有则写 []）',
        en: 'List the devices that may raise one under emergency_from: of the hall file ([] for none)',
      },
      devices: [],
    },
  ];
}
