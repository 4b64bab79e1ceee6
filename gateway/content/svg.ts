// An SVG is parsed strictly and written again: only elements and attributes that draw (svg-names.ts), nothing that runs, loads
// or links. Works piece by piece, so that no file is in memory whole.
import type { Both } from '../../hall/language.ts';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { isSafeValue, safeDeclarations, safeStyleSheet } from './css.ts';
import { ATTRIBUTES, ELEMENTS, PROPERTIES, TEXT_ELEMENTS } from './svg-names.ts';
import { UseCounter } from './svg-use.ts';

/** The file is no SVG, or one that is not stored; the message says why. */
export class BadSvg extends Error {
  override name = 'BadSvg';
  readonly detail: Both;
  constructor(zh: string, en: string) {
    super(en);
    this.detail = { zh, en };
  }
}

const SVG = 'http://www.w3.org/2000/svg';
const XLINK = 'http://www.w3.org/1999/xlink';
const XML = 'http://www.w3.org/XML/1998/namespace';
const DEPTH_MAX = 200;
/** Of one element. */
const ATTRIBUTES_MAX = 500;
const STYLE_CHARS_MAX = 256 * 1024;

/** Elements whose `href` draws or paints. */
const REFERRING = new Set([
  ...['use', 'image', 'textPath', 'linearGradient', 'radialGradient', 'pattern', 'filter'],
]);
const LOCAL = /^#[^\s"'<>()&\\]{1,200}$/;
const ID = /^[^\s"'<>()&\\]{1,200}$/;
const PICTURE = /^data:image\/(png|jpeg);base64,[A-Za-z0-9+/=\s]+$/;

export class SvgSanitizer {
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #uses = new UseCounter();
  #out: string[] = [];
  /** Names of the open elements that are kept. */
  readonly #kept: string[] = [];
  /** How many elements are open within one that is left out, that one included. */
  #skipped = 0;
  /** Attributes of the element that is being read. */
  #attributes = 0;
  #style = '';
  #hasRoot = false;

  constructor() {
    const parser = this.#parser;
    parser.on('doctype', (doctype) => {
      // Entities and attribute defaults of a DTD would change what the parser reads.
      if (doctype.includes('['))
        throw new BadSvg('DOCTYPE 中有声明（实体）', 'has a DOCTYPE with declarations (entities)');
    });
    parser.on('opentagstart', () => void (this.#attributes = 0));
    parser.on('attribute', () => {
      if (++this.#attributes > ATTRIBUTES_MAX) {
        throw new BadSvg(
          `有元素的属性超过 ${ATTRIBUTES_MAX} 个`,
          `has an element of more than ${ATTRIBUTES_MAX} attributes`,
        );
      }
    });
    parser.on('opentag', (tag) => this.#open(tag));
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
    parser.on('closetag', () => this.#close());
  }

  /** @returns what is sure to be written so far. @throws BadSvg */
  write(text: string): string {
    this.#parse(() => this.#parser.write(text));
    return this.#take();
  }

  /** @returns the rest. @throws BadSvg */
  end(): string {
    this.#parse(() => this.#parser.close());
    if (!this.#hasRoot) throw new BadSvg('没有 svg 元素', 'has no element svg');
    if (this.#uses.isTooMany()) {
      throw new BadSvg(
        '嵌套引用过多（use 元素）',
        'draws one part inside another too often (elements use)',
      );
    }
    return this.#take();
  }

  #parse(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof BadSvg) throw error;
      const { message } = error as Error;
      throw new BadSvg(`不是格式正确的 XML：${message}`, `is not well-formed XML: ${message}`);
    }
  }

  #take(): string {
    const text = this.#out.join('');
    this.#out = [];
    return text;
  }

  #open(tag: SaxesTagNS): void {
    const { uri } = tag;
    // What a link shows is kept, where the link leads is not.
    const name = tag.local === 'a' ? 'g' : tag.local;
    if (!this.#hasRoot && (uri !== SVG || name !== 'svg')) {
      throw new BadSvg(
        `根元素不是带 xmlns="${SVG}" 的 svg`,
        `has no root element svg with xmlns="${SVG}"`,
      );
    }
    if (this.#skipped > 0 || uri !== SVG || !ELEMENTS.has(name)) {
      this.#skipped++;
      return;
    }
    if (this.#kept.length >= DEPTH_MAX)
      throw new BadSvg(`嵌套超过 ${DEPTH_MAX} 层`, `nests deeper than ${DEPTH_MAX} elements`);
    const attributes = attributesOf(tag);
    const namespace = this.#hasRoot ? '' : ` xmlns="${SVG}"`;
    this.#hasRoot = true;
    this.#kept.push(name);
    this.#uses.open(attributes.get('id'), name === 'use' ? attributes.get('href') : undefined);
    const written = [...attributes].map(([key, value]) => ` ${key}="${escape(value)}"`);
    this.#out.push(`<${name}${namespace}${written.join('')}>`);
  }

  #text(text: string): void {
    const name = this.#kept.at(-1);
    if (this.#skipped > 0 || name === undefined) return;
    if (name === 'style') {
      this.#style += text;
      if (this.#style.length > STYLE_CHARS_MAX)
        throw new BadSvg('CSS 超过 256 KiB', 'has more than 256 KiB of CSS');
    } else if (TEXT_ELEMENTS.has(name)) this.#out.push(escape(text));
  }

  #close(): void {
    if (this.#skipped > 0) {
      this.#skipped--;
      return;
    }
    const name = this.#kept.pop();
    this.#uses.close();
    if (name === 'style') {
      this.#out.push(escape(safeStyleSheet(this.#style)));
      this.#style = '';
    }
    this.#out.push(`</${name}>`);
  }
}

function attributesOf({ local: element, attributes }: SaxesTagNS): Map<string, string> {
  const kept = new Map<string, string>();
  for (const { local, uri, value } of Object.values(attributes)) {
    if (local === 'href' && (uri === '' || uri === XLINK)) {
      const safe = safeReference(element, value);
      if (safe !== undefined) kept.set('href', safe);
    } else if (uri === XML && (local === 'space' || local === 'lang')) {
      if (/^[\w-]{1,40}$/.test(value)) kept.set(`xml:${local}`, value);
    } else if (uri !== '') continue;
    else if (local === 'id') {
      if (ID.test(value)) kept.set('id', value);
    } else if (local === 'style') {
      const declarations = safeDeclarations(value);
      if (declarations !== '') kept.set('style', declarations);
    } else if ((ATTRIBUTES.has(local) || PROPERTIES.has(local)) && isSafeValue(value)) {
      kept.set(local, value);
    }
  }
  return kept;
}

/** A part of the same file, or for `image` a picture that stands in the attribute itself. */
function safeReference(element: string, value: string): string | undefined {
  if (!REFERRING.has(element)) return undefined;
  const reference = value.trim();
  if (element === 'image') return PICTURE.test(reference) ? reference : undefined;
  return LOCAL.test(reference) ? reference : undefined;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n\r]/g, (sign) => (sign === '\n' ? '\n' : `&#${sign.charCodeAt(0)};`));
}
