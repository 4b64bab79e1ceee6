/** What a broker's reason codes mean for the people who have to do something about them. */
import type { Both } from '../../../hall/language.ts';

export interface Refusal {
  /** For people: what the broker says and what to look at. */
  readonly text: Both;
  /** The broker does not speak the version that was asked for. */
  readonly version: boolean;
}

const credentials = {
  zh: '用户名或密码错误（HALLCAST_BROKER_USER、HALLCAST_BROKER_PASSWORD）',
  en: 'wrong user name or password (HALLCAST_BROKER_USER, HALLCAST_BROKER_PASSWORD)',
};
// Mosquitto answers so to a wrong password too.
const permission = {
  zh: '不接受用户名、密码、client id 或证书（HALLCAST_BROKER_USER、HALLCAST_BROKER_PASSWORD）',
  en:
    'user name, password, client id or certificate are not accepted ' +
    '(HALLCAST_BROKER_USER, HALLCAST_BROKER_PASSWORD)',
};
const clientId = {
  zh: '不接受这个 client id（大厅文件的 broker.client_id）',
  en: 'it does not take this client id (broker.client_id in the hall file)',
};
const version = { zh: '不支持这个 MQTT 版本', en: 'it does not speak this version of MQTT' };
const busy = { zh: '暂时不可用', en: 'it is not available at the moment' };

/** MQTT 3.1.1 §3.2.2.3 */
const returnCodes: Readonly<Record<number, Both>> = {
  1: version,
  2: clientId,
  3: busy,
  4: credentials,
  5: permission,
};

/** MQTT 5 §3.2.2.2 and §3.14.2.1 */
const reasonCodes: Readonly<Record<number, Both>> = {
  0x81: { zh: '认为本网关的报文格式有误', en: 'it holds our packet for malformed' },
  0x82: { zh: '认为本网关违反了协议', en: 'it sees an error in the protocol' },
  0x84: version,
  0x85: clientId,
  0x86: credentials,
  0x87: permission,
  0x88: busy,
  0x89: { zh: '当前过于繁忙', en: 'it is too busy at the moment' },
  0x8a: { zh: '此客户端被禁止', en: 'this client is banned' },
  0x8b: { zh: '正在关闭', en: 'it shuts down' },
  0x8c: { zh: '要求使用其他认证方式', en: 'it asks for another way of signing in' },
  0x8d: { zh: '长时间没有收到本网关的数据', en: 'it heard nothing from us for too long' },
  0x8e: {
    zh: '会话被另一个客户端占用：本大厅是否还有另一台网关在运行？',
    en: 'another client took the session: is a second gateway running for this hall?',
  },
  0x93: {
    zh: '称未确认的消息超过约定数量',
    en: 'it says that more is unacknowledged than was agreed',
  },
  0x95: { zh: '认为本网关的报文过大', en: 'our packet is too large for it' },
  0x97: { zh: '配额已用完', en: 'a quota is used up' },
  0x98: { zh: '管理员断开了连接', en: 'an administrator ended the connection' },
  0x9a: { zh: '不支持保留消息', en: 'it keeps no retained messages' },
  0x9b: { zh: '不接受 QoS 1 的发布', en: 'it does not take publishes at QoS 1' },
  0x9c: { zh: '要求改用另一台服务器', en: 'it asks to use another server' },
  0x9d: { zh: '已迁移到另一台服务器', en: 'it has moved to another server' },
  0x9f: { zh: '短时间内连接次数过多', en: 'too many connections in a short time' },
  0xa2: { zh: '不支持通配符订阅', en: 'it does not take wildcard subscriptions' },
};

/** Of a CONNACK; `code` is not 0. */
export function refusalOf(code: number): Refusal {
  const text = returnCodes[code] ?? reasonOf(code);
  return { text, version: text === version };
}

/** Of a DISCONNECT or another packet with a reason code of MQTT 5. */
export function reasonOf(code: number): Both {
  const hex = `0x${code.toString(16)}`;
  return reasonCodes[code] ?? { zh: `原因码为 ${hex}`, en: `its reason code is ${hex}` };
}
