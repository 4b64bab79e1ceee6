/** What a broker's reason codes mean for the people who have to do something about them. */

export interface Refusal {
  /** For people: what the broker says and what to look at. */
  readonly text: string;
  /** The broker does not speak the version that was asked for. */
  readonly version: boolean;
}

const credentials = 'wrong user name or password (HALLCAST_BROKER_USER, HALLCAST_BROKER_PASSWORD)';
// Mosquitto answers so to a wrong password too.
const permission =
  'user name, password, client id or certificate are not accepted ' +
  '(HALLCAST_BROKER_USER, HALLCAST_BROKER_PASSWORD)';
const clientId = 'it does not take this client id (broker.client_id in the hall file)';
const version = 'it does not speak this version of MQTT';
const busy = 'it is not available at the moment';

/** MQTT 3.1.1 §3.2.2.3 */
const returnCodes: Readonly<Record<number, string>> = {
  1: version,
  2: clientId,
  3: busy,
  4: credentials,
  5: permission,
};

/** MQTT 5 §3.2.2.2 and §3.14.2.1 */
const reasonCodes: Readonly<Record<number, string>> = {
  0x81: 'it holds our packet for malformed',
  0x82: 'it sees an error in the protocol',
  0x84: version,
  0x85: clientId,
  0x86: credentials,
  0x87: permission,
  0x88: busy,
  0x89: 'it is too busy at the moment',
  0x8a: 'this client is banned',
  0x8b: 'it shuts down',
  0x8c: 'it asks for another way of signing in',
  0x8d: 'it heard nothing from us for too long',
  0x8e: 'another client took the session: is a second gateway running for this hall?',
  0x93: 'it says that more is unacknowledged than was agreed',
  0x95: 'our packet is too large for it',
  0x97: 'a quota is used up',
  0x98: 'an administrator ended the connection',
  0x9a: 'it keeps no retained messages',
  0x9b: 'it does not take publishes at QoS 1',
  0x9c: 'it asks to use another server',
  0x9d: 'it has moved to another server',
  0x9f: 'too many connections in a short time',
  0xa2: 'it does not take wildcard subscriptions',
};

/** Of a CONNACK; `code` is not 0. */
export function refusalOf(code: number): Refusal {
  const text = returnCodes[code] ?? reasonOf(code);
  return { text, version: text === version };
}

/** Of a DISCONNECT or another packet with a reason code of MQTT 5. */
export function reasonOf(code: number): string {
  return reasonCodes[code] ?? `its reason code is 0x${code.toString(16)}`;
}
