// One value for a whole turn of the event loop: what is cut in one go is of one moment.

/** Makes the value when it is first asked for in a turn; after the turn it is made anew. */
export function ofTurn<T>(make: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    if (kept === undefined) {
      kept = { value: make() };
      queueMicrotask(() => (kept = undefined));
    }
    return kept.value;
  };
}
