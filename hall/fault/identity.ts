// Devices that use the same ids: each signal counts, but one of the two is set up wrongly, or is not what it says. SPEC §12.15.
import type { Fault } from './kinds.ts';

/** Two devices that have used the same ids. */
export interface SharedIds {
  readonly devices: readonly [earlier: string, later: string];
  /** the latest of these ids */
  readonly id: string;
  readonly count: number;
  /** when the first and the latest of them came, ms since 1970 */
  readonly since: number;
  readonly last: number;
}

/** So long after the latest such id the fault is told. */
const TOLD_MS = 86_400_000;

/** @param pairs the latest first */
export function identityFaults(pairs: readonly SharedIds[], now: number): Fault[] {
  const recent = pairs.filter(({ last }) => now - last < TOLD_MS);
  const [latest] = recent;
  if (latest === undefined) return [];
  const [earlier, later] = latest.devices;
  const others = recent.length - 1;
  return [
    {
      id: 'identity:ids',
      kind: 'identity',
      severity: 1,
      since: Math.min(...recent.map(({ since }) => since)),
      title: {
        zh: `设备 ${later} 与 ${earlier} 使用了相同的消息编号${others > 0 ? `，另有 ${others} 对设备也是如此` : ''}`,
        en:
          `Devices ${later} and ${earlier} use the same signal ids` +
          (others > 0 ? `, and ${others} other pair${others === 1 ? '' : 's'} of devices` : ''),
      },
      action: {
        zh: `请核对两台设备的编号规则。若是同一台设备用了两个名称，请在 devices: 中为其中一个写 same_as:；若 ${later} 来历不明，请将其断开。两边的消息都已分别计入`,
        en: `Check how the two number their signals. Where both are one device under two names, give one of them same_as: under devices:; where nobody knows ${later}, disconnect it. The signals of both count, each as its own`,
      },
      detail: { zh: `消息编号 ${latest.id}`, en: `id ${latest.id}` },
      devices: [...new Set(recent.flatMap(({ devices }) => [...devices].reverse()))],
    },
  ];
}
