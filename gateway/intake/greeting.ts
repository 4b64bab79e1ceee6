// What a CONNECT may be refused for, and how the client is told in the words of its version. SPEC §20.
import type { Client, ConnectPacket } from 'aedes';
import { type CloseReason, LimitExceeded } from './limits.ts';

/** Return codes of CONNACK, MQTT 3.1.1 §3.2.2.3. */
export const RETURN_CODE = { identifier: 2, unavailable: 3 } as const;

/** CONNECT is answered with a return code, and the connection ends. */
export class Refused extends LimitExceeded {
  readonly returnCode: number;
  constructor(reason: CloseReason, returnCode: number, message: string) {
    super(reason, message);
    this.returnCode = returnCode;
  }
}

const ID_MAX = 64;

/** A client id names its client in logs, accounts and tables: 1 to 64 characters that can be seen. */
export function refusedIdentifier({ clientId, clean }: ConnectPacket): Refused | undefined {
  if (clientId === '') {
    // MQTT-3.1.3-8: without a name there is nothing by which a session could be found again.
    if (clean === true) return undefined;
    return identifier('is empty, should be a name where the session is to stay');
  }
  const length = [...clientId].length;
  if (length > ID_MAX) return identifier(`has ${length} characters, should have at most ${ID_MAX}`);
  if (/\p{C}/u.test(clientId)) return identifier('should have no control characters');
  return undefined;
}

function identifier(message: string): Refused {
  return new Refused('client_id', RETURN_CODE.identifier, `connect: client id ${message}`);
}

/** CONNACK of MQTT 5 (§3.2): no session, reason 0x84 Unsupported Protocol Version, no properties. */
const UNSUPPORTED_5 = Uint8Array.of(0x20, 3, 0, 0x84, 0);

/** aedes would answer in the form of 3.1.1, which a client of MQTT 5 takes for a broken packet. */
export function refuseVersion5(
  client: Client,
  done: (error: Error, success: boolean) => void,
): void {
  const error = new LimitExceeded('protocol', 'connect: is of MQTT 5, should be of 3.1 or 3.1.1');
  client.conn.write(UNSUPPORTED_5, () => done(error, false));
}
