// The other gateway of a pair: where it is, and the key that both have.
import { Buffer } from 'node:buffer';
import { Secret } from './secret.ts';
import type { Both } from '../../hall/language.ts';

export interface PeerAddress {
  /** HTTP address of the other gateway */
  readonly url: URL;
  readonly key: Secret;
}

interface Value {
  readonly text: string;
  readonly from: string;
}

/** Who hears one handshake may guess the key at home: only one that cannot be guessed helps (256 bits, RFC 2104 §3). */
const KEY_BYTES_MIN = 32;
const MAKE = {
  zh: '可用 "openssl rand -base64 32" 生成',
  en: 'make one with "openssl rand -base64 32"',
};

/**
 * Undefined where this gateway stands alone, or its settings have problems.
 * @param value a setting by its name, from a flag or the environment
 */
export function readPeer(
  value: (name: string) => Value | undefined,
  hasBroker: boolean,
  problems: Both[],
): PeerAddress | undefined {
  const given = value('peer');
  const key = value('peer_key')?.text;
  if (given === undefined) return undefined;
  const url = URL.canParse(given.text) ? new URL(given.text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    problems.push({
      zh: `${given.from}：不是这样的地址，应为另一台网关的 http://主机:端口，例如 http://gateway-2:8080`,
      en: `${given.from}: is not such a URL, should be http://HOST:PORT of the other gateway, such as http://gateway-2:8080`,
    });
    return undefined;
  }
  if (!hasBroker) {
    problems.push({
      zh: `${given.from}：需要同时填写 --broker：两台网关都连到它，由它决定谁是主机`,
      en: `${given.from}: needs --broker, at which both gateways are: it says which one leads`,
    });
    return undefined;
  }
  if (key === undefined) {
    problems.push({
      zh: `${given.from}：需要 HALLCAST_PEER_KEY，两台网关相同：持有它就能取得并改写大厅的流水；${MAKE.zh}`,
      en: `${given.from}: needs HALLCAST_PEER_KEY, the same on both: whoever has it is given the hall's journal, and is believed; ${MAKE.en}`,
    });
    return undefined;
  }
  const bytes = Buffer.byteLength(key);
  if (bytes < KEY_BYTES_MIN) {
    problems.push({
      zh: `HALLCAST_PEER_KEY：只有 ${bytes} 字节，应为至少 ${KEY_BYTES_MIN} 字节的随机值，太短会被猜出；${MAKE.zh}`,
      en: `HALLCAST_PEER_KEY: has ${bytes} bytes, should have at least ${KEY_BYTES_MIN}, by chance, as a short one can be guessed; ${MAKE.en}`,
    });
    return undefined;
  }
  return { url, key: new Secret(key) };
}
