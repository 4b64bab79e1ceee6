// A floor's SVG in a page: put into a shadow root, so that its styles stay its own and the page's policy is kept; its elements
// found by id; their state shown by attributes.
import type { Level } from '../../hall/view/part/live-queues.ts';
import type { Tone } from './marks.ts';

const SVG = 'http://www.w3.org/2000/svg';

export interface DrawnPlace {
  readonly id: string;
  readonly element: SVGGraphicsElement;
  /** the number in its middle, where it has one */
  number?: SVGTextElement;
  title?: SVGTitleElement;
}

/** Custom properties of the page's theme pass into the shadow root. */
const STATES = `
  :host { display: block; }
  svg { display: block; width: 100%; height: 100%; }
  [data-tone] { --ground: var(--paper-2); }
  [data-tone='serving'] { --ground: var(--jade-wash); }
  [data-tone='calling'], [data-tone='bad'] { --ground: var(--cinnabar-wash); }
  [data-tone='closed'], [data-tone='unknown'] { --ground: none; }
  [data-tone]:is(rect, path, polygon, circle, ellipse),
  [data-tone]:is(g) > :is(rect, path, polygon, circle, ellipse):first-of-type {
    fill: var(--ground) !important;
    stroke: var(--ink-3) !important;
  }
  [data-tone='zone']:is(rect, path, polygon, circle, ellipse),
  [data-tone='zone']:is(g) > :is(rect, path, polygon, circle, ellipse):first-of-type { fill: none !important; }
  [data-level='1'] { stroke: var(--amber) !important; }
  [data-level='2'] { stroke: var(--orange) !important; }
  [data-level='3'] { stroke: var(--red) !important; }
  [role='link'] { cursor: pointer; }
  [role='link']:is(:hover, :focus-visible) { outline: none; stroke: var(--ink) !important; stroke-width: 2 !important; }
  .hallcast-number { fill: var(--ink); font-family: var(--numbers); font-weight: 650; text-anchor: middle;
    dominant-baseline: central; pointer-events: none; }
`;

export class DrawnPlan {
  readonly places: readonly DrawnPlace[];
  readonly #root: SVGSVGElement;

  private constructor(root: SVGSVGElement) {
    this.#root = root;
    this.places = [...root.querySelectorAll<SVGGraphicsElement>('[id]')]
      .filter((element) => 'getBBox' in element && element.closest('defs, symbol') === null)
      .map((element) => ({ id: element.id, element }));
  }

  /** Fetches the SVG into the element. Throws where the SVG cannot be had or read. */
  static async load(host: HTMLElement, address: string, signal: AbortSignal): Promise<DrawnPlan> {
    const response = await fetch(address, { signal });
    if (!response.ok) throw new Error(`plan: ${address} answers ${response.status}`);
    const parsed = new DOMParser().parseFromString(
      withoutStyles(await response.text()),
      'image/svg+xml',
    );
    const root = parsed.documentElement;
    if (!(root instanceof SVGSVGElement)) throw new Error(`plan: ${address} is no SVG`);
    const shadow = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const sheets = [...root.querySelectorAll('metadata')].map((style) => {
      style.remove();
      return sheetOf(style.textContent);
    });
    for (const element of root.querySelectorAll<SVGElement>('[data-style]')) {
      element.style.cssText = element.dataset['style'] ?? '';
    }
    shadow.adoptedStyleSheets = [...sheets, sheetOf(STATES)];
    if (!root.hasAttribute('viewBox')) {
      const [width, height] = [root.width.baseVal.value, root.height.baseVal.value];
      root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    }
    shadow.replaceChildren(document.importNode(root, true));
    return new DrawnPlan(shadow.querySelector('svg') as SVGSVGElement);
  }

  show(place: DrawnPlace, tone: Tone | 'zone', level: Level, title: string, number?: string): void {
    const { element } = place;
    element.dataset['tone'] = tone;
    element.dataset['level'] = String(level);
    if (!place.title) {
      place.title = document.createElementNS(SVG, 'title');
      element.prepend(place.title);
    }
    place.title.textContent = title;
    if (number !== undefined) place.number ??= this.#numberOf(element);
    if (place.number) place.number.textContent = number ?? '';
  }

  /** The place can be chosen, also by the keyboard. */
  offer({ element }: DrawnPlace): void {
    element.setAttribute('role', 'link');
    element.setAttribute('tabindex', '0');
  }

  /** The id of the innermost place under the pointer, or of the one with the focus. */
  idAt(event: Event): string | undefined {
    const target = event.composedPath()[0];
    const found = target instanceof Element ? target.closest('[data-tone]') : null;
    return found?.id;
  }

  /** A number in the middle of an element, a third as high as the element. */
  #numberOf(element: SVGGraphicsElement): SVGTextElement {
    const { x, y, width, height } = element.getBBox();
    const text = document.createElementNS(SVG, 'text');
    text.setAttribute('class', 'hallcast-number');
    text.setAttribute('x', String(x + width / 2));
    text.setAttribute('y', String(y + height / 2));
    text.setAttribute('font-size', String(Math.min(height / 3, width / 4)));
    const transform = element.getAttribute('transform');
    if (transform !== null) text.setAttribute('transform', transform);
    (element.parentNode ?? this.#root).append(text);
    return text;
  }
}

/**
 * The page's policy refuses styles in markup, already while they are parsed, and allows those that a script sets: they are put
 * aside. A stored SVG has every `<` and `"` of its texts escaped, so that these are nothing but tags and attributes.
 */
function withoutStyles(svg: string): string {
  return svg.replaceAll(/<(\/?)style\b/g, '<$1metadata').replaceAll(' style="', ' data-style="');
}

function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}
