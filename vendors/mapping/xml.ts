// XML → plain values that pointers reach into: `/call/ticket` is an element, `/call/@no` an attribute, `/call/#text` the
// text beside them, `/call/0` the first where there are several elements `call`.
import { SaxesParser } from 'saxes';
import type { Pointer } from './pointer.ts';

type Node = Record<string, unknown>;

interface Open {
  readonly name: string;
  /** attributes and elements by name; without a prototype, as a vendor names them */
  readonly node: Node;
  text: string;
}

/** NUL, white space, and what Chinese editors leave. */
const BLANK = new Set([0, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, 0x3000, 0xfeff]);
/** Deeper than any pointer reaches. */
const DEPTH_MAX = 64;

/**
 * An element with nothing but text is that text, without spaces around it; elements of one name are a list. Entities of a
 * DTD are not known, and nothing is fetched.
 * @throws Error with line, column and what is wrong where it is not well-formed (XML 1.0), or nests too deep
 */
export function parseXml(text: string): Node {
  const parser = new SaxesParser();
  const document: Open = { name: '', node: empty(), text: '' };
  const open: Open[] = [document];
  const here = () => open.at(-1) ?? document;
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > DEPTH_MAX) throw new Error(`nests deeper than ${DEPTH_MAX} elements`);
    const node = empty();
    for (const [attribute, value] of Object.entries(attributes)) node[`@${attribute}`] = value;
    open.push({ name, node, text: '' });
  });
  const add = (more: string) => void (here().text += more);
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    const closed = open.pop() ?? document;
    put(here().node, closed.name, valueOf(closed));
  });
  parser.write(trimmed(text)).close();
  return document.node;
}

/** Some devices send a line break before the declaration, and zeros behind the end. */
function trimmed(text: string): string {
  let end = text.length;
  while (end > 0 && BLANK.has(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end).trimStart();
}

/**
 * The elements at a pointer, be it one or many, also of several elements on the way there. A number takes one of several,
 * and `0` the only one.
 */
export function elementsAt({ steps }: Pointer, document: unknown): readonly unknown[] {
  const found = steps.reduce<readonly unknown[]>(
    (nodes, step) => nodes.flatMap(next(step)),
    [[document]],
  );
  return found.flat();
}

/** The elements of one name are a list, which `flatMap` leaves whole. */
function next(step: string): (elements: unknown) => readonly unknown[] {
  return (elements) => {
    const list: readonly unknown[] = Array.isArray(elements) ? elements : [elements];
    const named = list.flatMap((node) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, step)
        ? [(node as Node)[step]]
        : [],
    );
    if (named.length > 0 || !/^\d{1,4}$/.test(step)) return named;
    return list.slice(Number(step), Number(step) + 1);
  };
}

function valueOf({ node, text }: Open): unknown {
  const words = text.trim();
  if (Object.keys(node).length === 0) return words;
  if (words !== '') node['#text'] = words;
  return node;
}

function put(node: Node, name: string, value: unknown): void {
  const before = node[name];
  if (before === undefined) node[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else node[name] = [before, value];
}

function empty(): Node {
  return Object.create(null) as Node;
}
