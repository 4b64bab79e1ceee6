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

/** The live state; keys of maps (ticket numbers, ids) stay as they are. */
export function stateJson(hall: Hall): object {
  return {
    id: hall.id,
    day: hall.day,
    tickets: tableJson(hall.tickets),
    calls: hall.calls,
    windows: mapJson(hall.windows),
    evaluations: hall.evaluations,
    occupancy: hall.occupancy,
    devices: tableJson(hall.devices),
    staff: tableJson(hall.staff),
    cases: tableJson(hall.cases),
    links: mapJson(hall.links),
    emergencies: hall.emergencies,
    counts: recordJson(hall.counts),
  };
}

function tableJson(table: Table<object>): object {
  return Object.fromEntries([...entries(table)].map(([key, value]) => [key, recordJson(value)]));
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
