/** Which topic filters a session asks for. */

/** Without those that another one covers: a broker may send what two filters match twice. */
export function uncovered(filters: readonly string[]): string[] {
  const all = [...new Set(filters)];
  return all.filter((filter) => !all.some((other) => other !== filter && covers(other, filter)));
}

/** Whether every topic that `inner` matches is one of `outer` (MQTT 5 §4.7). */
function covers(outer: string, inner: string): boolean {
  const wide = outer.split('/');
  const narrow = inner.split('/');
  for (const [place, level] of wide.entries()) {
    // `a/#` matches `a` too.
    if (level === '#') return true;
    const other = narrow[place];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return wide.length === narrow.length;
}
