// Where the labels of a chart stand so that none is printed over another. Pure.

/** A box in px: `left` … `left + width`, around `middle` by half of `height`. */
export interface Label {
  readonly left: number;
  readonly width: number;
  readonly middle: number;
  readonly height: number;
}

/** As near as one can tell without measuring: Hanzi are square, letters and digits narrower. */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const letter of text) em += /[ -~]/.test(letter) ? 0.62 : 1;
  return em * size;
}

/**
 * The middles of `labels`, each as near to its own as it can be without touching one before it in the list, between `top`
 * and `bottom`. The first keeps its place. One that fits nowhere is undefined: better missing than unreadable.
 */
export function placeLabels(
  labels: readonly Label[],
  top: number,
  bottom: number,
): (number | undefined)[] {
  const placed: Label[] = [];
  return labels.map((label) => {
    const least = top + label.height / 2;
    const most = bottom - label.height / 2;
    const wish = Math.max(least, Math.min(most, label.middle));
    const near = placed.filter(
      (other) => other.left < label.left + label.width && label.left < other.left + other.width,
    );
    const candidates = [
      wish,
      ...near.flatMap((other) => {
        const apart = (other.height + label.height) / 2;
        return [other.middle - apart, other.middle + apart];
      }),
    ].filter((middle) => middle >= least - 0.01 && middle <= most + 0.01);
    const free = candidates.filter((middle) =>
      near.every(
        (other) => Math.abs(other.middle - middle) >= (other.height + label.height) / 2 - 0.01,
      ),
    );
    free.sort((a, b) => Math.abs(a - wish) - Math.abs(b - wish));
    const [middle] = free;
    if (middle !== undefined) placed.push({ ...label, middle });
    return middle;
  });
}
