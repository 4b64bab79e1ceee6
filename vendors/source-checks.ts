// What the hall file's `sources:` say of the contract and of the hall: fields that exist, words that a field may have, ids
// that lead somewhere, levels and columns that there are. Works on the file as it was read.
import * as v from 'valibot';
import { found, mistake, type Path, type Problems } from '../hall/config/problems.ts';
import { shouldBe } from '../hall/language.ts';
import { entries, isEntry, isText, type Entry } from '../hall/config/raw.ts';
import { idOf } from '../hall/config/references.ts';
import type { Ids } from '../hall/config/source-names.ts';
import { nearest } from '../hall/config/values.ts';
import type { Both } from '../hall/language.ts';
import { STREAMS, type Stream } from '../hall/topic.ts';
import { fieldsOf, typesOf, type Field } from './mapping/fields.ts';
import { parsePattern } from './mapping/pattern.ts';
import { namesOf, parseTemplate } from './mapping/template.ts';
import { parseOrigin } from './mapping/value.ts';

/** Names that every rule may use in a template, whichever its source. */
const NAMES = ['address', 'name', 'device', 'zone', 'window', 'key'];

interface Place {
  readonly path: Path;
  readonly problems: Problems;
  readonly ids: Ids;
  /** names that templates may use */
  readonly names: readonly string[] | undefined;
  /** of a CSV source whose hall file lists them */
  readonly columns: readonly string[] | undefined;
}

/** Reports what the schema of `sources:` cannot see. */
export function checkSources(sources: readonly Entry[], ids: Ids, problems: Problems): void {
  sources.forEach((source, index) => checkSource(source, ['sources', index], ids, problems));
}

function checkSource(source: Entry, path: Path, ids: Ids, problems: Problems): void {
  const topics = Array.isArray(source['topic']) ? source['topic'] : [source['topic']];
  const patterns = topics.map((topic) => (isText(topic) ? parsePattern(topic) : { names: [] }));
  // A topic that is wrong itself leaves open which names there are.
  const levels = patterns.flatMap((pattern): (readonly string[])[] =>
    'names' in pattern ? [pattern.names] : [],
  );
  const whole = levels.length === patterns.length;
  // Of several topics each must have a level for it to be there always.
  const common = (levels[0] ?? []).filter((name) => levels.every((all) => all.includes(name)));
  const columns = source['columns'];
  const place: Place = {
    ...{ path, problems, ids },
    names: whole ? [...common, ...NAMES] : undefined,
    columns: Array.isArray(columns) ? columns.filter(isText) : undefined,
  };
  const { device } = source;
  if (isText(device)) {
    checkTemplate(device, {
      ...place,
      path: [...path, 'device'],
      names: whole ? [...common, 'key'] : undefined,
    });
  }
  entries(source['signals']).forEach((rule, index) =>
    checkRule(rule, { ...place, path: [...path, 'signals', index] }),
  );
}

function checkRule(rule: Entry, place: Place): void {
  const { stream, id, when } = rule;
  if (!STREAMS.includes(stream as Stream)) return;
  const types = checkType(stream as Stream, rule['type'], place);
  // Which fields it has is said by the type.
  if (types.length === 0) return;
  if (isText(id)) checkTemplate(id, at(place, 'id'));
  for (const key of Object.keys(isEntry(when) ? when : {}))
    checkOrigin(key, at(place, 'when', key), true);
  const fields = isEntry(rule['fields']) ? rule['fields'] : {};
  const known = new Map(types.flatMap((type) => [...fieldsOf(stream as Stream, type)]));
  for (const [name, expression] of Object.entries(fields)) {
    const field = known.get(name);
    const here = at(place, 'fields', name);
    if (field) checkExpression(expression, field, here);
    else {
      const hint =
        name === 'id'
          ? { zh: '写在 fields 之外', en: 'beside the fields' }
          : oneOf(name, [...known.keys()]);
      const message = {
        zh: `这种信号没有此字段，${shouldBe(hint.zh)}`,
        en: `is no field of this signal, should be ${hint.en}`,
      };
      place.problems.add(here.path, message, true);
    }
  }
  for (const [name, { required }] of known) {
    if (!required || name in fields) continue;
    place.problems.add([...place.path, 'fields', name], {
      zh: `缺少，${String(stream)} 类信号必须有此字段`,
      en: `is missing, as a signal of ${String(stream)} has it: should be given`,
    });
  }
}

/** The types that a rule's signals may have; every one of its fields must be of one of them. */
function checkType(stream: Stream, type: unknown, place: Place): readonly string[] {
  const known = typesOf(stream);
  const here = at(place, 'type');
  const wrong = (value: unknown, where: Place): boolean => {
    if (isText(value) && known.includes(value)) return false;
    where.problems.add(where.path, mistake(value, oneOf(value, known)));
    return true;
  };
  if (type === undefined) {
    if (known.length > 1) {
      place.problems.add(here.path, mistake(undefined, oneOf(undefined, known)));
      return [];
    }
    return known;
  }
  if (isText(type)) return wrong(type, here) ? [] : [type];
  if (!isEntry(type)) return [];
  checkFrom(type, here);
  const words = isEntry(type['map']) ? Object.entries(type['map']) : [];
  checkKeys(
    words.map(([key]) => key),
    at(here, 'map'),
  );
  if (words.length === 0) {
    if (type['value'] !== undefined)
      return wrong(type['value'], at(here, 'value')) ? [] : [String(type['value'])];
    return known;
  }
  const given = words.filter(([key, word]) => !wrong(word, at(here, 'map', key)));
  const all = given.map(([, word]) => String(word));
  const fallback = type['default'];
  if (fallback !== undefined && !wrong(fallback, at(here, 'default'))) all.push(String(fallback));
  return [...new Set(all)];
}

function checkExpression(expression: unknown, field: Field, place: Place): void {
  if (isText(expression)) return checkOrigin(expression, place);
  if (!isEntry(expression)) return checkConstant(expression, field, place);
  if ('zh' in expression || 'en' in expression) {
    if (field.kind !== 'words') {
      place.problems.add(place.path, {
        zh: '是按语言分写的文字，应为单个值',
        en: 'is a map by language, should be one value',
      });
    }
    for (const part of Object.values(expression)) if (isText(part)) checkOrigin(part, place);
    return;
  }
  checkFrom(expression, place);
  for (const key of ['value', 'default']) {
    if (key in expression) checkConstant(expression[key], field, at(place, key));
  }
  const { map, time } = expression;
  if (time !== undefined && field.kind !== 'time') {
    const message = {
      zh: '此字段不是时间，不能填写 time',
      en: 'is given, but this field is no time',
    };
    place.problems.add([...place.path, 'time'], message, true);
  }
  if (!isEntry(map)) return;
  checkKeys(Object.keys(map), at(place, 'map'));
  const reckoned = ['scale', 'offset', 'round', 'pad', 'time'].some((key) => key in expression);
  if (reckoned) return;
  for (const [key, word] of Object.entries(map)) checkConstant(word, field, at(place, 'map', key));
}

function checkFrom(expression: Entry, place: Place): void {
  const { from } = expression;
  if (isText(from)) checkOrigin(from, at(place, 'from'));
  else if (Array.isArray(from)) {
    from.forEach((each, index) => isText(each) && checkOrigin(each, at(place, 'from', index)));
  }
}

/** A constant must be what the field may be, and an id one of the hall file's. */
function checkConstant(value: unknown, field: Field, place: Place): void {
  const values = field.kind === 'texts' && Array.isArray(value) ? value : [value];
  if (field.list !== undefined) {
    const known = place.ids(field.list);
    for (const each of values) {
      if (!isText(each) || known.includes(each) || (each === '*' && field.kind === 'texts'))
        continue;
      place.problems.add(place.path, mistake(each, idOf(field.list, each, known)));
      return;
    }
  }
  const form = field.kind === 'text' && typeof value === 'number' ? String(value) : value;
  const whole = field.kind === 'texts' && !Array.isArray(form) ? [form] : form;
  const wrapped = field.kind === 'words' && isText(whole) ? { zh: whole } : whole;
  const parsed = v.safeParse(field.schema, wrapped, { lang: place.problems.language });
  if (parsed.success || (field.kind === 'boolean' && typeof value !== 'object')) return;
  const { zh, en } = found(value);
  const [{ message }] = parsed.issues;
  place.problems.add(place.path, { zh: `${zh}；${message}`, en: `${en}; ${message}` });
}

/** Templates use levels, pointers of a CSV source columns that there are. */
function checkOrigin(text: string, place: Place, atKey = false): void {
  const origin = parseOrigin(text);
  if (!origin) return;
  if ('template' in origin) return checkTemplate(text, place, atKey);
  checkColumn(origin.pointer, place, atKey);
}

function checkTemplate(text: string, place: Place, atKey = false): void {
  const template = parseTemplate(text);
  if (!template) return;
  const { names } = place;
  for (const name of names === undefined ? [] : namesOf(template)) {
    if (names === undefined || names.includes(name)) continue;
    const hint = oneOf(name, names);
    const message = {
      zh: `用了 {${name}}，${shouldBe(hint.zh)}`,
      en: `has {${name}}, should be ${hint.en}`,
    };
    place.problems.add(place.path, message, atKey);
  }
  for (const part of template.parts) {
    if (typeof part === 'object' && 'pointer' in part) checkColumn(part.pointer, place, atKey);
  }
}

function checkColumn(
  { whole, steps }: { whole: boolean; steps: readonly string[] },
  { columns, path, problems }: Place,
  atKey: boolean,
): void {
  const [column] = steps;
  if (columns === undefined || whole || column === undefined || columns.includes(column)) return;
  if (/^\d+$/.test(column) && Number(column) > columns.length) return;
  const hint = nearest(column, columns) ?? columns.join(', ');
  const message = {
    zh: `用了 /${column}，应为已有的列：${hint}`,
    en: `has /${column}, should be one of the columns: ${hint}`,
  };
  problems.add(path, message, atKey);
}

/** YAML reads 01 as the number 1: a key that a vendor writes with a zero must be in quotes. */
function checkKeys(keys: readonly string[], { path, problems }: Place): void {
  for (const key of keys) {
    const written = problems.textOf([...path, key]);
    if (written === undefined || written === key) continue;
    const message = {
      zh: `会被读成 ${key}，应加引号："${written}"`,
      en: `is read as ${key}, should be in quotes: "${written}"`,
    };
    problems.add([...path, key], message, true);
  }
}

/** The one that was probably meant, else all of them. */
function oneOf(value: unknown, known: readonly string[]): Both {
  const near = isText(value) ? nearest(value, known) : undefined;
  if (near !== undefined) return { zh: near, en: near };
  return { zh: `${known.join('、')} 之一`, en: `one of ${known.join(', ')}` };
}

function at(place: Place, ...steps: readonly (string | number)[]): Place {
  return { ...place, path: [...place.path, ...steps] };
}
