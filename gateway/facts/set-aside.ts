// A damaged SQLite file makes room for a new one.
import { existsSync, renameSync } from 'node:fs';

/** @returns the name that it has now */
export function setAsideFile(file: string): string {
  const aside = `${file}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  for (const part of ['', '-wal', '-shm']) {
    if (existsSync(file + part)) renameSync(file + part, aside + part);
  }
  return aside;
}
