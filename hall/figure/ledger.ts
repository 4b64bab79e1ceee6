// The day's tallies of one hall: the whole, by queue, window and department. Follows the hall from state to state by what changed
// in the ticket table (buckets and tickets keep their reference when nothing happened to them), so that a cut after
// one event costs one event. A memory only: its content depends on the hall that it follows last, on nothing before.
import type { Interval } from '../interval.ts';
import { waitHours, type Day, type Hall, type Ticket } from '../state.ts';
import { compare, EMPTY, type Table } from '../table.ts';
import { Tally } from './tally.ts';

type Levels = readonly number[];
const NO_LEVELS: Levels = [0, 0, 0, 0, 0];

/** The department of a visit: of its service, else of its window. */
type DepartmentOf = (ticket: Ticket) => string | undefined;

export class Ledger {
  readonly #departmentOf: DepartmentOf;
  #day: Day | undefined;
  #hours: readonly Interval[] = [];
  #tickets: Table<Ticket> = EMPTY;
  whole = new Tally([]);
  readonly #queues = new Map<string, Tally>();
  readonly #windows = new Map<string, Tally>();
  readonly #departments = new Map<string, Tally>();
  /** what visitors gave for their visits, by level (index 0 is level 1), of departments and windows */
  readonly #levels = { department: new Map<string, Levels>(), window: new Map<string, Levels>() };

  constructor(departmentOf: DepartmentOf = () => undefined) {
    this.#departmentOf = departmentOf;
  }

  /** Makes the tallies those of this hall. */
  follow(hall: Hall): this {
    if (hall.day !== this.#day) this.#restart(hall.day);
    if (hall.tickets === this.#tickets) return this;
    if (this.#tickets === EMPTY) this.#fill(hall.tickets);
    else compare(this.#tickets, hall.tickets, (was, is) => this.#replace(was, is));
    this.#tickets = hall.tickets;
    return this;
  }

  /** A whole day at once, in the order in which it happened: an entry in the middle of a list costs as much as the list is long. */
  #fill(tickets: Table<Ticket>): void {
    const all: Ticket[] = [];
    compare(EMPTY, tickets, (_, is) => is && all.push(is));
    for (const ticket of all.sort((a, b) => a.at - b.at)) this.#change(ticket, 1);
  }

  queue(id: string): Tally {
    return this.#of(this.#queues, id);
  }

  window(id: string): Tally {
    return this.#of(this.#windows, id);
  }

  department(name: string): Tally {
    return this.#of(this.#departments, name);
  }

  /** How many visitors gave each level for their visit: at the window, or to the department. */
  levels(of: 'department' | 'window', id: string): Levels {
    return this.#levels[of].get(id) ?? NO_LEVELS;
  }

  #restart(day: Day): void {
    this.#day = day;
    this.#tickets = EMPTY;
    this.#hours = waitHours(day);
    this.whole = new Tally(this.#hours, day.start);
    this.#queues.clear();
    this.#windows.clear();
    this.#departments.clear();
    this.#levels.department.clear();
    this.#levels.window.clear();
  }

  #replace(was: Ticket | undefined, is: Ticket | undefined): void {
    if (was) this.#change(was, -1);
    if (is) this.#change(is, 1);
  }

  #change(ticket: Ticket, by: 1 | -1): void {
    this.whole.change(ticket, by);
    if (ticket.queue !== undefined) this.queue(ticket.queue).change(ticket, by);
    const window = windowOf(ticket);
    if (window !== undefined) this.window(window).change(ticket, by);
    const department = this.#departmentOf(ticket);
    if (department !== undefined) this.department(department).change(ticket, by);
    if (ticket.level === undefined) return;
    if (department !== undefined) this.#changeLevels('department', department, ticket.level, by);
    if (ticket.desk) this.#changeLevels('window', ticket.desk.window, ticket.level, by);
  }

  #changeLevels(of: 'department' | 'window', id: string, level: number, by: 1 | -1): void {
    const changed = this.levels(of, id).map((count, at) => (at === level - 1 ? count + by : count));
    this.#levels[of].set(id, changed);
  }

  #of(tallies: Map<string, Tally>, id: string): Tally {
    const known = tallies.get(id);
    if (known) return known;
    const tally = new Tally(this.#hours, this.#day?.start);
    tallies.set(id, tally);
    return tally;
  }
}

function windowOf(ticket: Ticket): string | undefined {
  return 'window' in ticket ? ticket.window : undefined;
}
