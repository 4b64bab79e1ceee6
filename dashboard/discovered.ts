// What the page asks of the gateway about discovered devices. Errors are the gateway's own words, for where they occur.
import type { CommandType } from '../hall/command.ts';
import { DEVICE_KINDS } from '../hall/config/kinds.ts';
import type { DiscoveredRow } from '../hall/view/devices.ts';
import { sendCommand } from './command.ts';

export { DEVICE_KINDS };

/** What a person decides of a discovered device. */
export interface Acceptance {
  readonly id: string;
  readonly kind: string;
  readonly zone: string;
  readonly window: string;
  /** what it is connected through */
  readonly via: string;
  readonly name: string;
}

/** Makes the device one of the hall. Throws an Error with the gateway's reason. */
export function accept(device: DiscoveredRow, { id, ...rest }: Acceptance): Promise<void> {
  return send('device.accept', device, { device: id, ...rest });
}

/** Lists the device no more. Throws an Error with the gateway's reason. */
export function ignore(device: DiscoveredRow): Promise<void> {
  return send('device.ignore', device, {});
}

function send(
  type: CommandType,
  { source, address }: DiscoveredRow,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  return sendCommand(type, { source, address, ...Object.fromEntries(given) });
}
