// Values that are made anew of every message and yet seldom differ: whoever depends on one works again only where it does.

/** @returns what `make` makes, the same object for as long as its JSON is the same. In the script of a component. */
export function steady<T>(make: () => T): { readonly value: T } {
  const text = $derived(JSON.stringify(make()));
  const value = $derived(JSON.parse(text) as T);
  return {
    get value() {
      return value;
    },
  };
}
