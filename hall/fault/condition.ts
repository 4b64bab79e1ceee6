// What devices say of themselves, and limits that their figures pass; alike ones are one fault. SPEC §12.
import { group } from 'd3-array';
import type { Fault, FaultKind, Severity } from './kinds.ts';
import type { DeviceLive } from '../state.ts';
import type { Survey, Surveyed } from './survey.ts';
import { countWords, deviceWords } from './words.ts';
import type { Name } from '../view/common.ts';

interface Limit {
  readonly kind: FaultKind;
  readonly value: (live: DeviceLive) => number | undefined;
  readonly setting: 'paper_pct' | 'battery_pct' | 'temp_c' | 'rssi_dbm';
  /** which side of the limit is bad, and how far back it must come before the fault ends */
  readonly bad: 'below' | 'above';
  readonly margin: number;
  readonly unit: string;
  readonly what: { readonly zh: string; readonly en: string };
  readonly action: Name;
}

const LIMITS: readonly Limit[] = [
  {
    kind: 'paper',
    value: ({ paperPct }) => paperPct,
    setting: 'paper_pct',
    ...{ bad: 'below', margin: 5, unit: '%' },
    what: { zh: '纸量不足', en: 'low on paper' },
    action: { zh: '请更换纸卷', en: 'Replace the paper roll' },
  },
  {
    kind: 'battery',
    value: ({ batteryPct }) => batteryPct,
    setting: 'battery_pct',
    ...{ bad: 'below', margin: 5, unit: '%' },
    what: { zh: '电量低', en: 'low on battery' },
    action: { zh: '请更换电池或充电', en: 'Replace or charge the battery' },
  },
  {
    kind: 'temperature',
    value: ({ tempC }) => tempC,
    setting: 'temp_c',
    ...{ bad: 'above', margin: 3, unit: '℃' },
    what: { zh: '温度过高', en: 'too hot' },
    action: { zh: '请检查风扇与通风口，清理积尘', en: 'Check the fan and vents, and remove dust' },
  },
  {
    kind: 'signal',
    value: ({ rssiDbm }) => rssiDbm,
    setting: 'rssi_dbm',
    ...{ bad: 'below', margin: 4, unit: ' dBm' },
    what: { zh: '无线信号弱', en: 'on a weak radio signal' },
    action: {
      zh: '请移近接入点、调整天线或改用网线',
      en: 'Move it nearer to the access point, adjust the antenna, or use a cable',
    },
  },
];

/** @param explained devices that are gone: what they last reported of themselves is out of date */
export function conditionFaults(
  survey: Survey,
  explained: ReadonlySet<string>,
  standing: readonly Fault[],
): Fault[] {
  const present = survey.all.filter(({ id, gone, health }) => {
    return !gone && !explained.has(id) && health !== 'maintenance' && health !== 'offline';
  });
  const limits = LIMITS.flatMap((limit) => limitFault(survey, limit, present, standing) ?? []);
  const passed = new Set(limits.flatMap(({ devices }) => devices));
  const reported = present.filter(
    ({ id, health }) => health === 'fault' || (health === 'degraded' && !passed.has(id)),
  );
  return [...limits, ...reportedFaults(survey, reported), ...neverHeard(survey)];
}

function limitFault(
  { config }: Survey,
  { kind, value, setting, bad, margin, unit, what, action }: Limit,
  present: readonly Surveyed[],
  standing: readonly Fault[],
): Fault | undefined {
  const known = new Set(standing.filter((fault) => fault.kind === kind).flatMap((f) => f.devices));
  const limit = config.faults[setting];
  const sign = bad === 'below' ? 1 : -1;
  const past = present.flatMap((one) => {
    const figure = one.live && value(one.live);
    if (figure === undefined) return [];
    const slack = known.has(one.id) ? margin : 0;
    return sign * (figure - limit) <= slack ? [{ one, figure }] : [];
  });
  past.sort((a, b) => sign * (a.figure - b.figure));
  const [worst] = past;
  if (!worst) return undefined;
  const devices = past.map(({ one }) => one);
  const figure = `${Math.round(worst.figure)}${unit}`;
  const only = devices.length === 1 ? deviceWords(worst.one, config) : undefined;
  const count = countWords(devices);
  return {
    id: `${kind}:devices`,
    kind,
    severity: 1,
    since: Math.min(...devices.map(({ live }) => live?.at ?? Infinity)),
    title: only
      ? { zh: `${only.zh} ${what.zh}（${figure}）`, en: `${only.en} is ${what.en} (${figure})` }
      : {
          zh: `${count.zh}${what.zh}，最差 ${figure}`,
          en: `${count.en} are ${what.en}, the worst at ${figure}`,
        },
    action,
    devices: devices.map(({ id }) => id),
  };
}

/** Devices with the same words, or of one kind without any, are one fault once they are many. */
function reportedFaults(survey: Survey, reported: readonly Surveyed[]): Fault[] {
  const alike = group(reported, ({ device, live, health }) =>
    [health, live?.fault ?? `/${device?.kind ?? ''}`].join('|'),
  );
  return [...alike.values()].flatMap((group) =>
    group.length >= survey.config.faults.together_min
      ? [reportedFault(survey, group)]
      : group.map((one) => reportedFault(survey, [one])),
  );
}

function reportedFault({ config }: Survey, group: readonly Surveyed[]): Fault {
  const [first] = group;
  const isFault = first?.health === 'fault';
  const text = first?.live?.fault;
  const state = isFault ? { zh: '故障', en: 'fault' } : { zh: '降级', en: 'degraded' };
  const who = group.length === 1 && first ? deviceWords(first, config) : countWords(group);
  const severity: Severity = isFault ? 2 : 1;
  return {
    id:
      group.length === 1
        ? `device:${first?.id ?? ''}`
        : `device:${first?.health ?? ''}:${hash(text ?? first?.device?.kind ?? '')}`,
    kind: 'device',
    severity,
    since: Math.min(...group.map(({ live }) => live?.since ?? Infinity)),
    title: {
      zh: text === undefined ? `${who.zh} 上报${state.zh}` : `${who.zh} ${text}`,
      en: text === undefined ? `${who.en}: ${state.en}` : `${who.en}: ${state.en}, ${text}`,
    },
    action: isFault
      ? {
          zh: '请到现场处理；处理期间可先设为维护',
          en: 'Repair it on site; meanwhile it can be set to maintenance',
        }
      : { zh: '仍在工作，请安排检修', en: 'Still working: plan a repair' },
    devices: group.map(({ id }) => id),
  };
}

/** A few characters that tell texts apart in an id. */
function hash(text: string): string {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  return (sum >>> 0).toString(36);
}

/** Devices of the hall file that never sent a signal, once the hall was open long enough for each to have sent one. */
function neverHeard({ all, config, open, now, gatewayStatus }: Survey): Fault[] {
  const never = all.filter(({ device, health }) => {
    if (health !== 'none' || device === undefined) return false;
    const seconds = device.silence_s ?? config.silence[device.kind];
    const since = Math.max(gatewayStatus.listeningSince, open[0]?.[0] ?? Infinity);
    const isOpen = open.some(([from, to]) => now >= from && now < to);
    return isOpen && now - since > seconds * 1000;
  });
  // A switch that cannot speak MQTT stands in the file for those behind it.
  const via = new Set(all.map(({ device }) => device?.via));
  const missing = never.filter(({ id }) => !via.has(id));
  if (missing.length === 0) return [];
  const [first] = missing;
  const who = missing.length === 1 && first ? deviceWords(first, config) : countWords(missing);
  return [
    {
      id: 'never:devices',
      kind: 'never',
      severity: 1,
      since: Math.max(gatewayStatus.listeningSince, open[0]?.[0] ?? now),
      title: { zh: `${who.zh}从未上线`, en: `${who.en} never came online` },
      action: {
        zh: '请核对设备编号与消息服务器地址；不再使用的请从大厅文件中删去',
        en: 'Check the device’s id and broker address; remove it from the hall file if it is no longer used',
      },
      devices: missing.map(({ id }) => id),
    },
  ];
}
