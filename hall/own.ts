// Reading tables by names that come from outside: `constructor` is a legal id, and a property of every object.

/** The table's own row of that name, or undefined. */
export function own<Row>(
  table: Readonly<Record<string, Row>>,
  name: string | undefined,
): Row | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
