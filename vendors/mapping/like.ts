// Text compared with a pattern of `*` for any characters and `?` for one. No regular expression and no second try: all
// places of the pattern that the text may have come to are kept as bits and moved on at once with each character
// (Baeza-Yates and Gonnet's shift-and, 1992), so that no pattern takes long with any text.

const BITS = 32;

/** Whether all of a text is like the pattern. */
export type Like = (text: string) => boolean;

export function compileLike(pattern: string): Like {
  const { width, start, end, loops, steps, anyStep } = placesOf(pattern);
  const fits: Like = (text) => {
    const places = start.slice();
    for (let index = 0; index < text.length; index++) {
      const step = steps.get(text.charCodeAt(index)) ?? anyStep;
      let carry = 0;
      let left = 0;
      for (let word = 0; word < width; word++) {
        const here = places[word] ?? 0;
        const stepping = here & (step[word] ?? 0);
        const next = (stepping << 1) | carry | (here & (loops[word] ?? 0));
        carry = stepping >>> (BITS - 1);
        places[word] = next;
        left |= next;
      }
      if (left === 0) return false;
    }
    return places.some((word, index) => (word & (end[index] ?? 0)) !== 0);
  };
  // What stands once in a message is asked for again with each of its items.
  let last: { readonly text: string; readonly fits: boolean } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, fits: fits(text) };
    return last.fits;
  };
}

/** Place n of a pattern is behind n of its signs other than stars; a set of places has a bit for each. */
function placesOf(pattern: string) {
  const signs = pattern.replaceAll('*', '');
  const width = Math.floor(signs.length / BITS) + 1;
  const none = () => new Uint32Array(width);
  const loops = none();
  const anyStep = none();
  const steps = new Map<number, Uint32Array>();
  for (let index = 0; index < signs.length; index++) {
    if (signs[index] === '?') add(anyStep, index);
    else steps.set(signs.charCodeAt(index), none());
  }
  let place = 0;
  for (const sign of pattern.split('')) {
    if (sign === '*') add(loops, place);
    else place++;
  }
  for (const [code, step] of steps) {
    step.set(anyStep);
    for (let index = 0; index < signs.length; index++) {
      if (signs.charCodeAt(index) === code) add(step, index);
    }
  }
  const [start, end] = [none(), none()];
  add(start, 0);
  add(end, signs.length);
  return { width, start, end, loops, steps, anyStep };
}

function add(places: Uint32Array, place: number): void {
  const word = Math.floor(place / BITS);
  places[word] = (places[word] ?? 0) | (1 << (place % BITS));
}
