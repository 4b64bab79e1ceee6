// XML → plain values that pointers reach into: `/call/ticket` is an element, `/call/@no` an attribute, `/call/#text` the
// text beside them, `/call/0` the first of several elements `call`.
import { SaxesParser } from 'saxes';

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
  // Some devices send a line break before the declaration, and what their buffer holds behind the text's end.
  const [whole = ''] = text.split('\0', 1);
  parser.write(whole.trim()).close();
  return document.node;
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
