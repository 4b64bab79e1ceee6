// The reference: every signal, key of the hall file and command, made of their schemas and of the tables of meanings.
import { COMMANDS, commandSchema, type CommandType } from '../../hall/command.ts';
import { hallFile } from '../../hall/config/schema.ts';
import { list } from '../../hall/config/values.ts';
import { SCHEMAS } from '../../hall/signal.ts';
import { STREAMS, type Stream } from '../../hall/topic.ts';
import { declared, ready, USES } from '../../vendors/sources.ts';
import { COMMAND_WORDS, COMMON as COMMAND_COMMON } from './command-words.ts';
import { KEYS, READY, type KeyWords } from './key-words.ts';
import { keyOf, keysOf, schemaOf, TYPES, type Key, type Words } from './schema.ts';
import { COMMON, SIGNALS } from './signal-words.ts';

/** Plain but for `code`; the same in both languages where it is one text. */
export type Text = string | Words;

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: Text }
  | { readonly kind: 'paragraph'; readonly text: Text }
  | {
      readonly kind: 'table';
      readonly head: readonly Text[];
      readonly rows: readonly (readonly Text[])[];
    };

export type Language = 'zh' | 'en';

export function say(text: Text, language: Language): string {
  if (typeof text === 'string') return text;
  return language === 'zh' ? text[0] : text[1];
}

/** Throws where a meaning is missing, or is one of nothing. */
export function reference(): Block[] {
  return [
    heading(1, ['参考手册', 'Reference']),
    paragraph([
      '信号的字段、大厅文件的键、命令的字段，由程序的校验规则生成，与本版本一致。用浏览器的“查找”可找到任何一项。',
      'The fields of signals, the keys of the hall file and the fields of commands, made from the rules by which this version checks them. The browser’s find reaches every one.',
    ]),
    heading(2, ['类型', 'Types']),
    table(
      [
        ['类型', 'type'],
        ['写法', 'how it is written'],
      ],
      TYPES,
    ),
    ...signals(),
    ...hallKeys(),
    ...readySources(),
    ...commands(),
  ];
}

const heading = (level: 1 | 2 | 3, text: Text): Block => ({ kind: 'heading', level, text });
const paragraph = (text: Text): Block => ({ kind: 'paragraph', text });
const table = (head: readonly Text[], rows: readonly (readonly Text[])[]): Block => ({
  ...{ kind: 'table', head, rows },
});

const NO_LEAVES: ReadonlySet<string> = new Set();
const TYPE: Words = ['类型', 'type'];
const MEANING: Words = ['含义', 'meaning'];
const FIELD_HEAD: readonly Text[] = [['字段', 'field'], TYPE, MEANING];
const KEY_HEAD: readonly Text[] = [['键', 'key'], TYPE, ['默认值', 'default'], MEANING];

function signals(): Block[] {
  const keys = keysOf(schemaOf(SCHEMAS.ticket.arrived), '', NO_LEAVES);
  const common = keys.filter(({ path }) => path in COMMON);
  return [
    heading(2, ['信号', 'Signals']),
    paragraph([
      '主题 `hall/{大厅}/{设备}/{信号流}`，JSON：一个对象，或最多 1000 个对象的列表。字段名后的 `?` 表示可以不带。各信号流都有以下字段：',
      'Topic `hall/{hall}/{device}/{stream}`, JSON: one object, or a list of up to 1,000. A field with `?` may be left out. Every stream has these fields:',
    ]),
    table(
      FIELD_HEAD,
      common.map((key) => {
        const isType = key.path === 'type';
        const type: Text = isType ? ['文字', 'text'] : key.type;
        const name = `\`${key.path}\`${isType ? '' : '?'}`;
        return [name, type, meaning(wordsOf(COMMON, key.path))];
      }),
    ),
    ...STREAMS.flatMap(stream),
  ];
}

function stream(name: Stream): Block[] {
  const { meaning: about, types, fields } = SIGNALS[name];
  /** one of two types that say the same of a field */
  const told = new Map<string, readonly Text[]>();
  const rows = Object.entries(SCHEMAS[name]).map(([type, schema]) => {
    const keys = keysOf(schemaOf(schema), '', NO_LEAVES);
    const own = keys.filter(({ path }) => !(path in COMMON));
    for (const key of own) {
      const words = wordsOf(fields, key.path);
      const cells = [`\`${key.path}\``, typeCell(key, words), meaning(words)];
      told.set(JSON.stringify(cells), cells);
    }
    const id = keys.filter(({ path, isOptional }) => path === 'id' && !isOptional);
    const names = [...id, ...own].map(
      ({ path, isOptional }) => `\`${path}\`${isOptional ? '?' : ''}`,
    );
    return [`\`${type}\``, meaning(wordsOf(types, type)), names.join(' ')];
  });
  return [
    heading(3, [`信号流 \`${name}\``, `Stream \`${name}\``]),
    paragraph([`${about[0]}。`, `${about[1].slice(0, 1).toUpperCase()}${about[1].slice(1)}.`]),
    table(['`type`', MEANING, ['字段', 'fields']], rows),
    table(FIELD_HEAD, [...told.values()]),
  ];
}

/** The keys of a rule's `type` are those of its `fields`. */
const HALL_LEAVES: ReadonlySet<string> = new Set(['sources[].signals[].type']);

function hallKeys(): Block[] {
  const keys = keysOf(schemaOf(hallFile(list(declared) as never)), '', HALL_LEAVES);
  checkKnown(
    KEYS,
    keys.map(({ path }) => path),
  );
  const partOf = ({ path }: Key) => path.split(/[.[]/, 1)[0] ?? '';
  const parts = [...new Set(keys.map(partOf))];
  return [
    heading(2, ['大厅文件', 'Hall file']),
    paragraph([
      '`[]` 表示列表中的每一项，`*` 表示任意键。默认值一栏为空的键可以不写。',
      '`[]` stands for each entry of a list, `*` for any key. A key without a default may be left out.',
    ]),
    ...parts.flatMap((part) => [
      heading(3, `\`${part}\``),
      table(
        KEY_HEAD,
        keys
          .filter((key) => partOf(key) === part)
          .map((key) => keyRow(key, wordsOf(KEYS, key.path))),
      ),
    ]),
  ];
}

/** Keys that several of them have stand once, before those of one. */
function readySources(): Block[] {
  const names: string[] = [];
  const all = USES.flatMap((use) =>
    Object.entries(ready(use).entries).flatMap(([key, schema]) => {
      if (key === 'state_every_s' || key === 'signals') return [];
      const isShared = key in READY;
      const name = isShared ? key : `${use}.${key}`;
      names.push(name);
      const read = keyOf(schemaOf(schema), key);
      // Each has a default of its own, which the meaning says.
      const row = keyRow(
        key === 'name' ? { ...read, fallback: undefined } : read,
        wordsOf(READY, name),
      );
      return [{ isShared, row: [isShared ? '' : `\`${use}\``, ...row] }];
    }),
  );
  checkKnown(READY, names);
  const shared = new Map(
    all.filter(({ isShared }) => isShared).map(({ row }) => [JSON.stringify(row), row]),
  );
  const own = all.filter(({ isShared }) => !isShared).map(({ row }) => row);
  return [
    heading(2, ['内置协议的来源', 'Sources with a built-in protocol']),
    paragraph([
      '`sources` 中写 `use` 的条目可用以下各键，以及 `state_every_s` 与 `signals`。`memory_mb` 用于 `homie`、`sparkplug`、`home-assistant`。',
      'An entry of `sources` with `use` has these keys, `state_every_s` and `signals`. `memory_mb` is for `homie`, `sparkplug` and `home-assistant`.',
    ]),
    table(['`use`', ...KEY_HEAD], [...shared.values(), ...own]),
  ];
}

function commands(): Block[] {
  const keys = keysOf(schemaOf(commandSchema('window.set')), '', NO_LEAVES);
  const common = keys.filter(({ path }) => path in COMMAND_COMMON);
  return [
    heading(2, ['命令', 'Commands']),
    paragraph([
      '`POST /api/v1/commands/{命令}`，JSON 对象。各命令都可以带以下字段：',
      '`POST /api/v1/commands/{command}` with a JSON object. Every command may have these fields:',
    ]),
    table(
      KEY_HEAD,
      common.map((key) => keyRow(key, wordsOf(COMMAND_COMMON, key.path))),
    ),
    ...(Object.keys(COMMANDS) as CommandType[]).flatMap(command),
  ];
}

function command(name: CommandType): Block[] {
  const { zh, fields } = COMMAND_WORDS[name];
  const { summary, audience } = COMMANDS[name];
  const keys = keysOf(schemaOf(commandSchema(name)), '', NO_LEAVES);
  const own = keys.filter(({ path }) => !(path in COMMAND_COMMON));
  const roles = [audience]
    .flat()
    .map((role) => `\`${role}\``)
    .join(' ');
  return [
    heading(3, `\`${name}\``),
    paragraph([`${zh}。角色：${roles}。`, `${summary}. Roles: ${roles}.`]),
    table(
      KEY_HEAD,
      own.map((key) => keyRow(key, wordsOf(fields, key.path))),
    ),
  ];
}

function keyRow(key: Key, words: KeyWords): readonly Text[] {
  return [`\`${key.path}\``, typeCell(key, words), fallbackCell(key), meaning(words)];
}

function meaning([zh, en, values]: KeyWords): Words {
  if (values === undefined) return [zh, en];
  const each = (language: Language) =>
    Object.entries(values).map(([value, words]) => `\`${value}\` ${say(words, language)}`);
  return [`${zh}：${each('zh').join('；')}`, `${en}: ${each('en').join('; ')}`];
}

/** Values that the meaning lists are not listed again. Throws where they are others. */
function typeCell(key: Key, [, , values]: KeyWords): Text {
  if (values === undefined) return key.type;
  const told = Object.keys(values).sort().join(', ');
  const there = [...key.options].sort().join(', ');
  if (told !== there) throw new Error(`reference: ${key.path} means ${told}, should mean ${there}`);
  return ['取值之一', 'one of'];
}

function fallbackCell({ isOptional, fallback }: Key): Text {
  if (!isOptional) return ['必填', 'required'];
  const value = JSON.stringify(fallback) as string | undefined;
  return value === undefined || value === '{}' ? '' : `\`${value}\``;
}

function wordsOf(words: Readonly<Record<string, KeyWords>>, name: string): KeyWords {
  const found = Object.hasOwn(words, name) ? words[name] : undefined;
  if (found === undefined) throw new Error(`reference: ${name} has no meaning, should have one`);
  return found;
}

/** A meaning of a key that was renamed or removed would go unnoticed. */
function checkKnown(words: object, paths: readonly string[]): void {
  const known = new Set(paths);
  const unknown = Object.keys(words).filter((path) => !known.has(path));
  if (unknown.length > 0) throw new Error(`reference: ${unknown.join(', ')}: no such key`);
}
