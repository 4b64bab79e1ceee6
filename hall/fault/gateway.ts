// Faults of the gateway's own parts and of the hall's network lines: they explain what devices cannot do meanwhile.
import type { Fault, Severity } from './kinds.ts';
import type { PartHealth } from '../gateway-status.ts';
import type { Hall, Link } from '../state.ts';
import type { Name } from '../view/common.ts';
import type { Survey, Surveyed } from './survey.ts';

interface PartWords {
  readonly severity: Severity;
  readonly title: Name;
  readonly action: Name;
  /** devices lost while it lasts are its consequence */
  readonly cutsOff: boolean;
}

const PARTS: Readonly<Record<string, PartWords>> = {
  journal: {
    severity: 3,
    title: {
      zh: '流水无法写入磁盘：设备消息暂不确认，屏幕继续显示已有数据',
      en: 'The journal cannot be written to disk: device messages are not acknowledged, screens keep showing what is known',
    },
    action: {
      zh: '请清理数据盘空间或检查磁盘；之后自动恢复，不丢消息',
      en: 'Free space on the data disk or check the disk; the gateway then continues by itself and loses nothing',
    },
    cutsOff: true,
  },
  broker: {
    severity: 3,
    title: {
      zh: '未能连上消息服务器，收不到设备消息',
      en: 'No session with the message broker: no device message can be received',
    },
    action: {
      zh: '请检查消息服务器及其网络，以及是否另有网关占用同一 client id；恢复后自动重连并补收',
      en: 'Check the broker, the network to it, and that no other gateway uses this client id; the gateway reconnects by itself and catches up',
    },
    cutsOff: true,
  },
  history: {
    severity: 2,
    title: {
      zh: '历史数据库无法写入，数据暂存在流水中',
      en: 'The history database does not accept data: the data waits in the journal',
    },
    action: {
      zh: '请检查数据库；恢复后自动补写，实时屏幕不受影响',
      en: 'Check the database; missing data is then written by itself, live screens are not affected',
    },
    cutsOff: false,
  },
  standby: {
    severity: 2,
    title: {
      zh: '备用网关未同步：本机若停止，暂时没有网关接替',
      en: 'The standby gateway is not in sync: if this gateway stops, nothing takes over for now',
    },
    action: {
      zh: '请检查另一台网关是否在运行、能否连到同一消息服务器',
      en: 'Check that the other gateway runs and can reach the same broker',
    },
    cutsOff: false,
  },
};

/** A part that this version does not know by name. */
const OTHER: PartWords = {
  severity: 2,
  title: { zh: '网关的一个部件工作不正常', en: 'A part of the gateway does not work properly' },
  action: { zh: '请查看 /healthz 与网关日志', en: 'See /healthz and the gateway’s log' },
  cutsOff: false,
};

export function partFaults(survey: Survey): Fault[] {
  const { gatewayStatus, config } = survey;
  // The cause that the gateways found themselves stands for its consequence.
  const isExplained = gatewayStatus.findings?.some(({ id }) => id === 'pair:version') === true;
  return Object.entries(gatewayStatus.parts).flatMap(([name, part]) => {
    if (name === 'standby' && isExplained) return [];
    if (part.state !== 'degraded' && part.state !== 'failing') return [];
    const words = Object.hasOwn(PARTS, name) ? (PARTS[name] ?? OTHER) : OTHER;
    const since = part.since - config.faults.together_s * 1000;
    const cut = words.cutsOff ? survey.all.filter((one) => wasLostSince(one, since)) : [];
    return [partFault(name, part, words, cut)];
  });
}

function partFault(
  name: string,
  { detail, since }: PartHealth,
  { severity, title, action }: PartWords,
  cut: readonly Surveyed[],
): Fault {
  return {
    id: `gateway:${name}`,
    kind: 'gateway',
    severity,
    since,
    title,
    action,
    ...(detail !== undefined && { detail: { zh: detail } }),
    devices: cut.map(({ id }) => id),
  };
}

function wasLostSince({ gone, lostAt }: Surveyed, since: number): boolean {
  return gone && lostAt !== undefined && lostAt >= since;
}

const LINKS: Readonly<Record<keyof Hall['links'], Name>> = {
  internet: { zh: '互联网', en: 'Internet' },
  government: { zh: '政务外网', en: 'Government network' },
  department: { zh: '部门专网', en: 'Department network' },
};
/** A line that was not measured for so long is not judged by its last figures. */
const LINK_OLD_MS = 10 * 60_000;
/** A line must be so much better than its limit before its fault ends. */
const MARGIN = 0.8;

export function linkFaults(
  hall: Hall,
  { config, now }: Survey,
  standing: readonly Fault[],
): Fault[] {
  const { link_rtt_ms, link_loss_pct } = config.faults;
  return Object.entries(hall.links).flatMap(([key, link]) => {
    const name = LINKS[key as keyof Hall['links']];
    const id = `network:${key}`;
    const margin = standing.some((fault) => fault.id === id) ? MARGIN : 1;
    const rtt = link.steadyRttMs ?? link.rttMs;
    const loss = link.steadyLossPct ?? link.lossPct;
    const isSlow = rtt > link_rtt_ms * margin;
    const isLossy = loss > link_loss_pct * margin;
    if (now - link.at > LINK_OLD_MS || !(isSlow || isLossy)) return [];
    return [linkFault(id, name, link, isLossy)];
  });
}

function linkFault(id: string, name: Name, link: Link, isLossy: boolean): Fault {
  const figures = isLossy
    ? { zh: '丢包严重', en: 'is losing packets' }
    : { zh: '时延过高', en: 'is slow' };
  return {
    id,
    kind: 'network',
    severity: 2,
    since: link.at,
    title: { zh: `${name.zh}线路${figures.zh}`, en: `${name.en ?? name.zh} ${figures.en}` },
    action: {
      zh: '请检查出口路由器与线路，必要时联系运营商；依赖此线路的业务会变慢',
      en: 'Check the router and the line, and call the provider if necessary; services that depend on this line are slow',
    },
    devices: [],
  };
}
