// Alarms of which something could not be read: they are shown, and told to be in doubt. SPEC §4.10, §12.16.
import type { Hall } from '../state.ts';
import type { Fault } from './kinds.ts';

export function emergencyFaults(hall: Hall): Fault[] {
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
