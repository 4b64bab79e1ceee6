// What a device measures of itself, beside the limit beyond which it is a fault. Pure.
import type { DeviceRow, DevicesView } from '../hall/view/devices.ts';

export interface Gauge {
  readonly zh: string;
  readonly en: string;
  readonly value: number;
  readonly unit: string;
  /** ends of its scale */
  readonly least: number;
  readonly most: number;
  readonly limit: number;
  readonly bad: boolean;
}

/** Those that the device tells. */
export function gaugesOf(row: DeviceRow, limits: DevicesView['limits']): Gauge[] {
  const { paperPct, batteryPct, tempC, rssiDbm } = row;
  const percent = { unit: '%', least: 0, most: 100, rises: false };
  const gauges = [
    { zh: '纸量', en: 'paper', ...percent, value: paperPct, limit: limits.paperPct },
    { zh: '电量', en: 'battery', ...percent, value: batteryPct, limit: limits.batteryPct },
    {
      ...{ zh: '温度', en: 'temperature', unit: ' ℃', least: 0, most: 80 },
      ...{ value: tempC, limit: limits.tempC, rises: true },
    },
    {
      ...{ zh: '信号', en: 'radio', unit: ' dBm', least: -100, most: -30 },
      ...{ value: rssiDbm, limit: limits.rssiDbm, rises: false },
    },
  ];
  return gauges.flatMap(({ value, rises, ...gauge }) => {
    if (value === undefined) return [];
    const bad = rises ? value >= gauge.limit : value <= gauge.limit;
    return [{ ...gauge, value, bad }];
  });
}

/** Where on the gauge's scale a value lies, as CSS. */
export function onScale({ least, most }: Gauge, value: number): string {
  const share = ((value - least) / (most - least)) * 100;
  return `${Math.max(0, Math.min(100, share)).toFixed(1)}%`;
}
