// How a gateway of a pair is, for /healthz and for people.
import type { PairRole } from '../../hall/gateway-status.ts';
import type { Part } from '../health.ts';
import { localized } from '../start/language.mjs';

export interface PairState {
  readonly role: PairRole;
  readonly isAttached: boolean;
  /** why the leader cannot say at the broker that it leads */
  readonly silence: string | undefined;
  /** why the standby does not follow */
  readonly trouble: string | undefined;
  /** name of the gateway that leads, as the standby sees it at the broker */
  readonly leader: string | undefined;
  /** since the start, ms */
  readonly ranMs: number;
}

/** So long nobody asks why it neither leads nor follows. */
const START_MS = 5_000;

export function pairHealth(pair: PairState): Part & { role: PairRole } {
  const { role, isAttached, silence, trouble, leader, ranMs } = pair;
  if (role === 'leading') {
    if (silence !== undefined) return { role, state: 'degraded', detail: silence };
    if (isAttached) {
      const detail = localized('备机已有全部数据', 'the standby has everything');
      return { role, state: 'ok', detail };
    }
    const detail = localized(
      '没有已同步的备机：已确认的数据只在本机磁盘上',
      'no standby is attached: what is acknowledged is on this disk only',
    );
    return { role, state: 'degraded', detail };
  }
  if (role === 'claiming')
    return { role, state: 'ok', detail: localized('正在接管会话', 'takes the session over') };
  if (trouble !== undefined && ranMs < START_MS) return { role, state: 'starting' };
  const leads = localized(
    leader === undefined ? '没有主机' : `主机是 ${leader}`,
    `${leader ?? 'nobody'} leads`,
  );
  if (trouble === undefined) return { role, state: 'ok', detail: leads };
  const not = localized('；本机未同步：', '; this one does not follow: ');
  return { role, state: 'degraded', detail: `${leads}${not}${trouble}` };
}
