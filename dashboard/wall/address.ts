// The parameters of the wall's address. Pure.

export interface Asked {
  readonly scene: string | null;
  readonly floor: string | null;
  readonly theme: string | null;
}

/** @param search of the address: "?scene=posts" */
export function askedBy(search: string): Asked {
  const parameters = new URLSearchParams(search);
  return {
    scene: parameters.get('scene'),
    floor: parameters.get('floor'),
    theme: parameters.get('theme'),
  };
}

/** The search with these parameters set, or removed where they are undefined; '' without any. */
export function withParameters(
  search: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
}
