// MQTT topic filters: which topics one has (MQTT 5 §4.7), and which of several are needed.

/** Whether a topic is one of an MQTT topic filter (MQTT 5 §4.7), given by its levels. */
export function isOfFilter(levels: readonly string[], topic: string): boolean {
  if (topic.startsWith('$') && (levels[0] === '+' || levels[0] === '#')) return false;
  const parts = topic.split('/');
  for (const [index, level] of levels.entries()) {
    if (level === '#') return true;
    if (index >= parts.length || (level !== '+' && level !== parts[index])) return false;
  }
  return parts.length === levels.length;
}

/** The filters without those whose topics another one has too: brokers may deliver such messages twice. */
export function withoutCovered(filters: readonly string[]): string[] {
  const all = [...new Set(filters)];
  return all.filter((filter) => !all.some((other) => other !== filter && covers(other, filter)));
}

/** Whether every topic of `filter` is one of `wide`. */
function covers(wide: string, filter: string): boolean {
  const levels = wide.split('/');
  const parts = filter.split('/');
  for (const [index, level] of levels.entries()) {
    if (level === '#') return true;
    const part = parts[index];
    if (part === undefined || part === '#' || (level !== '+' && level !== part)) return false;
  }
  return parts.length === levels.length;
}
