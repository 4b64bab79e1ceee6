/// <reference lib="dom" />
// Looks at a page as it is painted, and lists what nobody could read: texts over each other, outside the page, cut off
// without a way to read them, cut so that two look alike, words broken over two lines, or digits lower than they must be. Runs inside the page
// (`page.evaluate(checkPage, options)`), so that each function is inside the one that is sent, and uses nothing around it.

export interface CheckOptions {
  /** the page may be longer than the glass, and scrolls; a screen on a wall does not */
  readonly scrolls?: boolean;
  /** height in CSS px that the digits of the elements of each selector have at least, as their glyphs are painted */
  readonly digits?: readonly { readonly selector: string; readonly least: number }[];
  /** the glyphs of the first selector are at least as high as those of the second */
  readonly order?: readonly (readonly [larger: string, smaller: string])[];
  /** texts inside these elements are left out: what moves, or stands over others on purpose */
  readonly ignore?: string;
  /** least font size (CSS px) of any text */
  readonly font?: number;
}

export interface Finding {
  readonly kind: 'overlap' | 'outside' | 'cut' | 'alike' | 'broken' | 'low' | 'order' | 'small';
  readonly text: string;
  readonly detail: string;
}

/** Everything on the page that cannot be read, each thing once. */
export function checkPage(options: CheckOptions): Finding[] {
  interface Box {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  }
  interface Piece {
    readonly text: string;
    readonly element: Element;
    readonly node: Node;
    /** where its ink is, and what of that its clipping ancestors leave */
    readonly ink: Box;
    readonly seen: Box;
    readonly height: number;
  }
  const findings: Finding[] = [];
  const add = (kind: Finding['kind'], text: string, detail: string) => {
    const short = text.trim().slice(0, 40);
    if (findings.some((known) => known.kind === kind && known.text === short)) return;
    findings.push({ kind, text: short, detail });
  };
  const context = document.createElement('canvas').getContext('2d');
  if (!context) throw new Error('check page: no canvas');
  const round = (box: Box) =>
    `${box.left.toFixed()},${box.top.toFixed()}–${box.right.toFixed()},${box.bottom.toFixed()}`;

  /** Ink of `text` above and below the baseline, and the ascent of its line, in px of its own font. */
  const inkOf = (text: string, style: CSSStyleDeclaration) => {
    context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const found = context.measureText(text);
    return {
      up: found.actualBoundingBoxAscent,
      down: found.actualBoundingBoxDescent,
      ascent: found.fontBoundingBoxAscent,
      line: found.fontBoundingBoxAscent + found.fontBoundingBoxDescent,
    };
  };
  const clips = (value: string) => value === 'hidden' || value === 'clip';
  const scrolls = (value: string) => value === 'auto' || value === 'scroll';
  const meet = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  const isEmpty = (box: Box) => box.right - box.left < 1 || box.bottom - box.top < 1;
  const isShown = (element: Element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    if (options.ignore !== undefined && element.closest(options.ignore)) return false;
    return !element.closest('.sr-only, select, option, title, desc');
  };

  /** What the ancestors that cut leave of `ink`; where one scrolls, everything along that way can be reached. */
  const seenOf = (element: Element, ink: Box): { seen: Box; ellipsis?: Element; cut?: Element } => {
    let seen = ink;
    let ellipsis: Element | undefined;
    let cut: Element | undefined;
    let [freeX, freeY] = [false, false];
    for (let at: Element | null = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (at === document.documentElement || at === document.body) break;
      if (scrolls(style.overflowX)) freeX = true;
      if (scrolls(style.overflowY)) freeY = true;
      const [x, y] = [clips(style.overflowX) && !freeX, clips(style.overflowY) && !freeY];
      if (x || y) {
        const { left, top, right, bottom } = at.getBoundingClientRect();
        const all = { left: -1e6, top: -1e6, right: 1e6, bottom: 1e6 };
        const hole = { ...all, ...(x && { left, right }), ...(y && { top, bottom }) };
        const less = meet(seen, hole);
        const lost = [
          ...[less.left - seen.left, seen.right - less.right],
          ...[less.top - seen.top, seen.bottom - less.bottom],
        ];
        if (Math.max(...lost) > 1.5) {
          if (style.textOverflow === 'ellipsis') ellipsis ??= at;
          else cut ??= at;
        }
        seen = less;
      }
      if (style.position === 'fixed') break;
    }
    if (freeX || freeY) return { seen };
    return { seen, ...(ellipsis && { ellipsis }), ...(cut && { cut }) };
  };
  const canBeRead = (element: Element) =>
    element.closest('[title], [data-explain], [data-note], [aria-label]') !== null;

  /** The first word of letters that begins on one line and ends on the next; one too long for any column may. */
  const brokenWord = (node: Node, text: string): string | undefined => {
    const range = document.createRange();
    for (const { 0: word, index } of text.matchAll(/[A-Za-z]{2,18}/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const [first, ...rest] = range.getClientRects();
      if (first && rest.some(({ top }) => top > first.top + first.height / 2)) return word;
    }
    return undefined;
  };

  const pieces: Piece[] = [];
  const shortened: { text: string; shown: string; column: string }[] = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent ?? '';
    if (!element || text.trim() === '' || !isShown(element)) continue;
    const style = getComputedStyle(element);
    if (options.font !== undefined && parseFloat(style.fontSize) < options.font) {
      add('small', text, `font of ${style.fontSize}, should be ${options.font}px`);
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    const broken = brokenWord(node, text);
    if (broken !== undefined) add('broken', broken, `in “${text.trim()}”`);
    const own = inkOf(text.trim(), style);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1 || rect.height < 1) continue;
      const scale = rect.height / own.line;
      const base = rect.top + own.ascent * scale;
      const ink = {
        left: rect.left,
        right: rect.right,
        top: base - own.up * scale,
        bottom: base + own.down * scale,
      };
      const { seen, ellipsis, cut } = seenOf(element, ink);
      if (ellipsis) {
        const share = Math.max(0, seen.right - seen.left) / (ink.right - ink.left);
        const shown = text.trim().slice(0, Math.max(0, Math.floor(text.trim().length * share) - 1));
        const column = `${ellipsis.tagName}.${ellipsis.className}`;
        if (shown !== '') shortened.push({ text: text.trim(), shown, column });
        if (shown === '') add('cut', text, `nothing but … at ${round(seen)}`);
        else if (!canBeRead(ellipsis)) add('cut', text, `ends in … at ${round(seen)}, no title`);
      } else if (cut) {
        add('cut', text, `${round(ink)} by ${cut.tagName.toLowerCase()}.${cut.className}`);
      }
      const height = ink.bottom - ink.top;
      if (!isEmpty(seen)) pieces.push({ text, element, node, ink, seen, height });
    }
  }

  for (const { text, seen } of pieces) {
    const right = seen.right > innerWidth + 1.5 || seen.left < -1.5;
    const below = seen.bottom > innerHeight + 1.5 || seen.top < -1.5;
    const box = new DOMRect(seen.left + scrollX, seen.top + scrollY, 0, 0);
    if (right || (below && !options.scrolls)) {
      add('outside', text, `at ${round(seen)} of ${innerWidth}×${innerHeight}`);
    } else if (box.x < -1 || box.y < -1) add('outside', text, `at ${round(seen)}`);
  }
  pieces.sort((a, b) => a.seen.top - b.seen.top);
  pieces.forEach((a, index) => {
    for (let other = index + 1; other < pieces.length; other++) {
      const b = pieces[other];
      if (!b || b.seen.top >= a.seen.bottom) break;
      if (a.node === b.node) continue;
      const both = meet(a.seen, b.seen);
      const slack = Math.max(1.5, Math.min(a.height, b.height) * 0.06);
      if (both.right - both.left <= slack || both.bottom - both.top <= slack) continue;
      add(
        'overlap',
        `${a.text.trim()} / ${b.text.trim()}`,
        `${round(a.seen)} and ${round(b.seen)}`,
      );
    }
  });
  for (const one of shortened) {
    const twin = shortened.find(
      (other) =>
        other.column === one.column && other.text !== one.text && other.shown === one.shown,
    );
    if (twin) add('alike', one.text, `looks like “${twin.text}”: both “${one.shown}…”`);
  }

  /** Height of the digits of an element as they are painted, CSS px. */
  const digitHeight = (element: Element): number => {
    const style = getComputedStyle(element);
    const digits = (element.textContent ?? '').replace(/[^0-9A-Z]/g, '') || '0';
    const { up, down } = inkOf(digits, style);
    const scale =
      element.getBoundingClientRect().width / Math.max(1, (element as HTMLElement).offsetWidth);
    return (up + Math.min(0, down)) * (scale > 0.1 && scale < 10 ? scale : 1);
  };
  const shownOf = (selector: string) =>
    [...document.querySelectorAll(selector)].filter((element) => isShown(element));
  for (const { selector, least } of options.digits ?? []) {
    for (const element of shownOf(selector)) {
      const height = digitHeight(element);
      if (height + 0.75 >= least) continue;
      const should = `should be ${least.toFixed(1)}`;
      add('low', element.textContent ?? '', `${selector}: ${height.toFixed(1)} px, ${should}`);
    }
  }
  for (const [larger, smaller] of options.order ?? []) {
    const least = Math.min(Infinity, ...shownOf(larger).map(digitHeight));
    const most = Math.max(0, ...shownOf(smaller).map(digitHeight));
    if (least + 0.75 >= most) continue;
    add('order', larger, `${least.toFixed(1)} px, and ${smaller} has ${most.toFixed(1)}`);
  }
  return findings;
}
