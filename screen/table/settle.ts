// The order of rows under the eye: by score, but a row keeps its place while it is being read, and where scores are as
// good as equal. Pure; whoever calls it decides how often.

/**
 * `ids` from the highest score to the lowest, or the other way where `up`; texts by their numbers and pinyin. Scores closer than `slack` keep the order of `previous`; while `held`
 * nothing moves: what is new goes to the end, what is gone leaves. Returns `previous` itself where nothing changed.
 */
export function settle(
  previous: readonly string[],
  ids: readonly string[],
  score: (id: string) => number | string,
  held: boolean,
  slack = 0,
  up = false,
): readonly string[] {
  const known = new Set(ids);
  const kept = previous.filter((id) => known.has(id));
  const place = new Map(kept.map((id, index) => [id, index]));
  const fresh = ids.filter((id) => !place.has(id));
  const next = held ? [...kept, ...fresh] : sorted([...kept, ...fresh], place, score, slack, up);
  const same = next.length === previous.length && next.every((id, index) => id === previous[index]);
  return same ? previous : next;
}

function sorted(
  ids: string[],
  place: ReadonlyMap<string, number>,
  score: (id: string) => number | string,
  slack: number,
  up: boolean,
): string[] {
  const scores = new Map(ids.map((id) => [id, steady(score(id), slack)]));
  return ids.sort((a, b) => {
    const [left, right] = [scores.get(a) ?? 0, scores.get(b) ?? 0];
    const order =
      typeof left === 'string' || typeof right === 'string'
        ? String(right).localeCompare(String(left), 'zh-Hans-CN', { numeric: true })
        : right - left;
    return (up ? -order : order) || (place.get(a) ?? Infinity) - (place.get(b) ?? Infinity) || 0;
  });
}

/** Rounded to `slack`, so that scores that waver around each other compare as equal. */
function steady(score: number | string, slack: number): number | string {
  return typeof score === 'string' || slack === 0 ? score : Math.round(score / slack) * slack;
}
