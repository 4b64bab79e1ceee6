// What the hall file should say, or says no more. SPEC §19.
import type { HallConfig } from '../config.ts';
import type { Hall } from '../state.ts';
import { calendarFaults } from './calendar.ts';
import type { Fault } from './kinds.ts';
import { removedFaults } from './removed.ts';
import { strayFaults, type Stray } from './stray.ts';

/** @param strays who sends to ids that the hall file does not have */
export function hallFileFaults(
  hall: Hall,
  config: HallConfig,
  now: number,
  strays: readonly Stray[],
): Fault[] {
  return [
    ...calendarFaults(config, now),
    ...alarmFaults(config, now),
    ...staffFaults(config, now),
    ...removedFaults(hall, config),
    ...strayFaults(strays, config),
  ];
}

/** Until accounts exist, whoever reaches the HTTP port of a real hall sees and does what staff may. */
function staffFaults({ hall, http }: HallConfig, since: number): Fault[] {
  if (http.staff === 'loopback' || hall.demo) return [];
  return [
    {
      id: 'access:staff',
      kind: 'access',
      severity: 1,
      since,
      title: {
        zh: '工作页面对网络上的任何人开放',
        en: 'The pages for staff are open to everyone on the network',
      },
      action: {
        zh: '请在大厅文件中设置 http.staff: loopback，只在网关所在的电脑上打开工作页面；或确认 HTTP 端口只对管理人员开放',
        en: 'Set http.staff: loopback in the hall file, so that they open on the gateway’s own machine only; or see that only staff can reach the HTTP port',
      },
      devices: [],
    },
  ];
}

/** In a real hall with a list of devices, whoever reaches the broker may set off an alarm unless the hall file says who may. */
function alarmFaults(
  { hall, devices, emergency_from: allowed }: HallConfig,
  since: number,
): Fault[] {
  if (allowed !== undefined || hall.demo || devices.length === 0) return [];
  return [
    {
      id: 'emergency:anyone',
      kind: 'emergency',
      severity: 1,
      since,
      title: {
        zh: '任何设备都能触发紧急警报：大厅文件没有写明哪些设备可以',
        en: 'Any device can set off an alarm: the hall file does not say which ones may',
      },
      action: {
        zh: '请在大厅文件的 emergency_from 中列出可以触发警报的设备',
        en: 'List the devices that may raise an alarm under emergency_from of the hall file',
      },
      devices: [],
    },
  ];
}
