// How the API shows the hall file and the live state: what is public, in snake_case, tables as plain maps by key.
import type { HallConfig } from '../../hall/config.ts';
import type { Hall } from '../../hall/state.ts';
import { entries, type Table } from '../../hall/table.ts';

/** The hall file without people, devices and settings of the house. */
export function publicHall(config: HallConfig): object {
  const { hall, hours, departments, floors, zones, queues, services, windows, screens } = config;
  const { thresholds } = config;
  return {
    hall,
    ...{ hours, departments, floors, zones, queues, services, screens, thresholds },
    // The chief is a person.
    windows: windows.map(({ chief: _chief, ...window }) => window),
  };
}

/** Records of a table that are written at once. */
const RECORDS = 200;

/** The live state as JSON text, in pieces that are quick to make; keys of maps (ticket numbers, ids) stay as they are. */
export function* stateJson(hall: Hall): Generator<string> {
  const small = {
    ...{ id: hall.id, day: hall.day, calls: hall.calls, windows: mapJson(hall.windows) },
    ...{ evaluations: hall.evaluations, occupancy: hall.occupancy, links: mapJson(hall.links) },
    ...{ emergencies: hall.emergencies, counts: recordJson(hall.counts) },
    ...{ accepted: hall.accepted, assigned: hall.assigned, advised: hall.advised },
  };
  yield JSON.stringify(small).slice(0, -1);
  const { tickets, devices, staff, cases, uploads } = hall;
  for (const [name, table] of Object.entries({ tickets, devices, staff, cases, uploads })) {
    yield `,"${name}":{`;
    yield* tableJson(table);
    yield '}';
  }
  yield '}';
}

function* tableJson(table: Table<object>): Generator<string> {
  let piece = '';
  let records = 0;
  for (const [key, value] of entries(table)) {
    piece += `${records === 0 ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(recordJson(value))}`;
    if (++records % RECORDS !== 0) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function mapJson(map: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, recordJson(value)]));
}

/** The fields of one record; none of them is a map whose keys come from outside. */
function recordJson(record: object): object {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
