// The other gateway of a pair: where it is, and the key that both have.
import { Buffer } from 'node:buffer';
import { Secret } from './secret.ts';

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
const MAKE = 'make one with "openssl rand -base64 32"';

/**
 * Undefined where this gateway stands alone, or its settings have problems.
 * @param value a setting by its name, from a flag or the environment
 */
export function readPeer(
  value: (name: string) => Value | undefined,
  hasBroker: boolean,
  problems: string[],
): PeerAddress | undefined {
  const given = value('peer');
  const key = value('peer_key')?.text;
  if (given === undefined) return undefined;
  const url = URL.canParse(given.text) ? new URL(given.text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    problems.push(
      `${given.from}: is not such a URL, should be http://HOST:PORT of the other gateway, such as http://gateway-2:8080`,
    );
    return undefined;
  }
  if (!hasBroker) {
    problems.push(
      `${given.from}: needs --broker, at which both gateways are: it says which one leads`,
    );
    return undefined;
  }
  if (key === undefined) {
    problems.push(
      `${given.from}: needs HALLCAST_PEER_KEY, the same on both: whoever has it is given the hall's journal, and is believed; ${MAKE}`,
    );
    return undefined;
  }
  const bytes = Buffer.byteLength(key);
  if (bytes < KEY_BYTES_MIN) {
    problems.push(
      `HALLCAST_PEER_KEY: has ${bytes} bytes, should have at least ${KEY_BYTES_MIN}, by chance, as a short one can be guessed; ${MAKE}`,
    );
    return undefined;
  }
  return { url, key: new Secret(key) };
}
