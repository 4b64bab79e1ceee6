// Messages of a pair with a code before each: that it is the next one of this direction of this conversation, from
// somebody who has the key. One that was altered, left out, sent again or in another order does not open. SPEC §17.11.
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { isSame } from './handshake.ts';
import { localized } from '../start/language.mjs';

/** SHA-256 in base64url */
const CODE_CHARS = 43;

/** Not the next message of who has the key: somebody stands between the two gateways. */
export class NotGenuine extends Error {
  override name = 'NotGenuine';
}

/** One direction of one conversation; used by its sender or by its receiver. */
export class Sealed {
  readonly #key: Uint8Array;
  #count = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(text: string): string {
    return this.#next(text) + text;
  }

  /** Throws `NotGenuine`. */
  open(sealed: unknown): string {
    const text = typeof sealed === 'string' ? sealed.slice(CODE_CHARS) : '';
    const isGenuine =
      typeof sealed === 'string' && isSame(sealed.slice(0, CODE_CHARS), this.#next(text));
    if (!isGenuine)
      throw new NotGenuine(
        localized(
          '有一条消息不是另一台网关发出的',
          'a message did not come from the other gateway',
        ),
      );
    return text;
  }

  #next(text: string): string {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(this.#count++);
    return createHmac('sha256', this.#key).update(number).update(text).digest('base64url');
  }
}
