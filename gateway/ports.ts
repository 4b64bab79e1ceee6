// DATA/ports.json: on which ports this gateway listens, for whoever started it with port 0.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Ports {
  readonly http: number;
  readonly mqtt: number;
}

/** Writes the file whole or not at all. */
export function writePorts(data: string, ports: Ports): void {
  mkdirSync(data, { recursive: true });
  const file = join(data, 'ports.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(ports)}\n`);
  renameSync(`${file}.new`, file);
}

/** A gateway that is gone has no ports. */
export function removePorts(data: string): void {
  rmSync(join(data, 'ports.json'), { force: true });
}
