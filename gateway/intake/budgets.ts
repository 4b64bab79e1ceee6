// What strangers can fill at the embedded broker, as people call it: each is a fault before it is used up. SPEC §12.14, §20.
import type { Budget } from '../../hall/gateway-status.ts';
import type { ExactlyOnce } from './exactly-once.ts';
import type { Limits } from './limits.ts';
import type { Memory } from './memory.ts';
import type { RetainedStore } from './retained.ts';
import type { Sessions } from './sessions.ts';

export interface Fillable {
  readonly limits: Limits;
  readonly connections: { readonly total: number; readonly refused: number };
  readonly inward: ExactlyOnce;
  readonly retained: RetainedStore;
  readonly sessions: Sessions;
  readonly memory: Memory;
}

const MIB = 1024 * 1024;

export function budgetsOf(fillable: Fillable): Budget[] {
  const { limits, connections, inward, retained, sessions, memory } = fillable;
  return [
    {
      kind: 'mqtt-memory',
      name: { zh: 'MQTT 连接占用的内存（MiB）', en: 'memory held for MQTT connections (MiB)' },
      used: memory.used / MIB,
      max: memory.max / MIB,
      refused: memory.refused,
      setting: 'limits.mqtt_memory_mib',
    },
    {
      kind: 'mqtt-connections',
      name: { zh: 'MQTT 连接数', en: 'MQTT connections' },
      used: connections.total,
      max: limits.connectionsMax,
      refused: connections.refused,
      setting: 'limits.connections_max',
    },
    {
      kind: 'qos2',
      name: { zh: '未释放的 QoS 2 报文标识', en: 'unreleased QoS 2 packet ids' },
      used: inward.used,
      max: limits.inward.totalMax,
      refused: inward.refused,
      setting: 'limits.qos2_max',
    },
    {
      kind: 'retained-topics',
      name: { zh: 'MQTT 保留消息的主题数', en: 'topics with a retained MQTT message' },
      used: retained.size,
      max: limits.retained.topicsMax,
      refused: retained.refused,
      setting: 'limits.retained_max',
    },
    {
      kind: 'retained-bytes',
      name: { zh: 'MQTT 保留消息（MiB）', en: 'retained MQTT messages (MiB)' },
      used: retained.bytes / MIB,
      max: limits.retained.bytesMax / MIB,
      refused: retained.refused,
      setting: 'limits.retained_mib',
    },
    {
      kind: 'mqtt-sessions',
      name: { zh: '保留的 MQTT 会话数', en: 'kept MQTT sessions' },
      used: sessions.size,
      max: limits.sessions.sessionsMax,
      refused: sessions.refused,
      setting: 'limits.sessions_max',
    },
    {
      kind: 'mqtt-queued',
      name: {
        zh: '等待离线客户端的 MQTT 消息（MiB）',
        en: 'MQTT messages waiting for clients (MiB)',
      },
      used: sessions.bytes / MIB,
      max: limits.sessions.bytesMax / MIB,
      refused: sessions.queueRefused,
      setting: 'limits.queued_mib',
    },
  ];
}
