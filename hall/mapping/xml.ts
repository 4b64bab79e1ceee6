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
  while (end > 0 && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(0, end).trimStart();
}

/** The elements at a pointer, be it one or many, also of several elements on the way there. */
export function elementsAt({ steps }: Pointer, document: unknown): readonly unknown[] {
  let found: readonly unknown[] = [document];
  for (const step of steps) {
    found = found.flatMap((node) => {
      if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return [];
      const value = (node as Node)[step];
      return Array.isArray(value) ? (value as unknown[]) : [value];
    });
  }
  return found;
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
