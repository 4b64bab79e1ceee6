// What two gateways find wrong with each other, as faults of the hall: of two versions, or somebody stands between them.
// SPEC §17.11, 17.13.
import type { Fault } from '../../hall/fault.ts';
import { PEER_PROTOCOL } from './handshake.ts';
import { message, type Tell } from '../log.ts';
import type { Both } from '../../hall/language.ts';

/** The other gateway of the pair, where the two would not understand each other. */
export interface Unlike {
  readonly gateway: string;
  readonly protocol: number;
  readonly format: number;
}

export interface TroubleOptions {
  readonly gateway: string;
  /** of this gateway's journal */
  readonly format: number;
  /** the gateway's time, ms since 1970 */
  readonly now: () => number;
  readonly onWarn: Tell;
}

/** So long a fault of them stands after it was found last, ms. */
const UNLIKE_MS = 15_000;
const FORGED_MS = 600_000;
const TOLD_MS = 60_000;

interface Found {
  readonly since: number;
  readonly last: number;
}

/** Kept here, so that each is one fault and one line, however often it is found. */
export class Troubles {
  readonly #options: TroubleOptions;
  #unlike: (Found & { readonly other: Unlike }) | undefined;
  #forged: Found | undefined;
  #toldForgedAt = -Infinity;

  constructor(options: TroubleOptions) {
    this.#options = options;
  }

  /** Found at every attempt of the standby to follow. */
  foundUnlike(other: Unlike): void {
    const last = performance.now();
    const isNew = this.#unlike?.other.gateway !== other.gateway || !this.#lasts(UNLIKE_MS);
    const since = isNew ? this.#options.now() : (this.#unlike?.since ?? 0);
    this.#unlike = { since, last, other };
  }

  /** They understand each other. */
  areAlike(): void {
    this.#unlike = undefined;
  }

  foundForged(): void {
    const last = performance.now();
    this.#forged = { since: this.#forged?.since ?? this.#options.now(), last };
    if (last - this.#toldForgedAt < TOLD_MS) return;
    this.#toldForgedAt = last;
    this.#options.onWarn(message('standby.forged', {}), { stage: 'standby' });
  }

  /** As they stand now. */
  faults(leads: boolean): Fault[] {
    const present = performance.now();
    if (this.#forged !== undefined && present - this.#forged.last > FORGED_MS) {
      this.#forged = undefined;
    }
    const unlike = this.#lasts(UNLIKE_MS) ? this.#unlike : undefined;
    return [
      ...(unlike ? [this.#unlikeFault(unlike.other, unlike.since, leads)] : []),
      ...(this.#forged ? [forgedFault(this.#forged.since)] : []),
    ];
  }

  #lasts(ms: number): boolean {
    return this.#unlike !== undefined && performance.now() - this.#unlike.last <= ms;
  }

  #unlikeFault(other: Unlike, since: number, leads: boolean): Fault {
    const { gateway } = this.#options;
    const standby = leads ? other.gateway : gateway;
    const leader = leads ? gateway : other.gateway;
    const isStandbyOld = this.#isOlder(other) === leads;
    return {
      id: 'pair:version',
      kind: 'gateway',
      severity: 2,
      since,
      title: {
        zh: '两台网关版本不同，备用网关未接上：主网关若停，新数据暂时没有备份',
        en: 'The two gateways are of different versions: the standby does not follow',
      },
      action: isStandbyOld
        ? {
            zh: `请先升级备用网关 ${standby}，再升级主网关 ${leader}`,
            en: `Upgrade the standby, ${standby}, first, then ${leader}`,
          }
        : {
            zh: `备用网关 ${standby} 已升级，请接着升级主网关 ${leader}`,
            en: `The standby, ${standby}, is upgraded: upgrade ${leader} now`,
          },
      detail: this.#versions(other),
      devices: [],
    };
  }

  #isOlder({ protocol, format }: Unlike): boolean {
    const own = this.#options.format;
    return format === own ? protocol < PEER_PROTOCOL : format < own;
  }

  #versions(other: Unlike): Both {
    const { gateway, format } = this.#options;
    return {
      zh: `${gateway}：流水格式 ${format}、协议 ${PEER_PROTOCOL}；${other.gateway}：${other.format}、${other.protocol}`,
      en:
        `${gateway} has journal format ${format} and protocol ${PEER_PROTOCOL}, ` +
        `${other.gateway} has ${other.format} and ${other.protocol}`,
    };
  }
}

function forgedFault(since: number): Fault {
  return {
    id: 'pair:forged',
    kind: 'gateway',
    severity: 2,
    since,
    title: {
      zh: '两台网关之间有人冒充对方：伪造的消息已拒收，连接已断开',
      en: 'Something between the two gateways speaks for the other one: it was refused, the connection ended',
    },
    action: {
      zh: '请检查两台网关之间的网络（ARP、DNS、代理），或改走专用线路',
      en: 'Check the network between the two (ARP, DNS, proxies), or give them a line of their own',
    },
    devices: [],
  };
}
