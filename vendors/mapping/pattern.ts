// Topic patterns of declared sources: `vendor/{site}/ticket/disp-{machine}`. Levels have names, in part or whole; `+` is
// any level, `#` at the end any rest.
import type { Both } from '../../hall/language.ts';

interface Level {
  readonly before: string;
  /** none: the level is `before`, exactly */
  readonly name?: string;
  readonly after: string;
}

export interface TopicPattern {
  /** as MQTT subscribes to it */
  readonly filter: string;
  readonly names: readonly string[];
  /** The values of the named levels where the topic fits. */
  match(topic: string): ReadonlyMap<string, string> | undefined;
}

const LENGTH_MAX = 300;
const LEVELS_MAX = 30;

/** The pattern that a text is, or what is wrong with it. */
export function parsePattern(text: string): TopicPattern | { readonly wrong: Both } {
  const levels: (Level | '+' | '#')[] = [];
  const names: string[] = [];
  const parts = text.split('/');
  if (text === '' || text.length > LENGTH_MAX || parts.length > LEVELS_MAX) {
    const wrong = {
      zh: `不超过 ${LEVELS_MAX} 级、${LENGTH_MAX} 个字符的主题`,
      en: `a topic of at most ${LEVELS_MAX} levels and ${LENGTH_MAX} characters`,
    };
    return { wrong };
  }
  for (const [index, part] of parts.entries()) {
    if (part === '+' || (part === '#' && index === parts.length - 1)) {
      levels.push(part);
      continue;
    }
    const level = parseLevel(part);
    if (!level) {
      const wrong = {
        zh: `由 lamp、{name}、lamp-{name}、+ 或末尾的 # 这样的级组成的主题，"${part}" 不符合`,
        en: `levels such as lamp, {name}, lamp-{name}, + or a last #: "${part}" is none`,
      };
      return { wrong };
    }
    if (level.name !== undefined) {
      if (names.includes(level.name)) {
        const name = `{${level.name}}`;
        return {
          wrong: { zh: `各级名称不重复的主题：${name}`, en: `one level of each name: ${name}` },
        };
      }
      names.push(level.name);
    }
    levels.push(level);
  }
  const filter = levels.map((level) => (typeof level === 'string' ? level : wildOf(level)));
  return { filter: filter.join('/'), names, match: (topic) => matchLevels(levels, topic) };
}

function parseLevel(text: string): Level | undefined {
  const parts = /^([^{}+#]*)(?:\{([a-z][a-z0-9_]{0,31})\}([^{}+#]*))?$/i.exec(text);
  if (!parts) return undefined;
  const [, before = '', name, after = ''] = parts;
  return { before, after, ...(name !== undefined && { name }) };
}

function wildOf({ before, name }: Level): string {
  return name === undefined ? before : '+';
}

function matchLevels(
  levels: readonly (Level | '+' | '#')[],
  topic: string,
): ReadonlyMap<string, string> | undefined {
  // MQTT 5 §4.7.2: a wildcard at the beginning is not meant for $SYS and the like.
  if (topic.startsWith('$') && typeof levels[0] === 'string') return undefined;
  const parts = topic.split('/');
  const found = new Map<string, string>();
  for (const [index, level] of levels.entries()) {
    if (level === '#') return found;
    const part = parts[index];
    if (part === undefined) return undefined;
    if (level === '+') continue;
    const { before, name, after } = level;
    if (name === undefined) {
      if (part !== before) return undefined;
      continue;
    }
    const fits = part.startsWith(before) && part.endsWith(after);
    const value = part.slice(before.length, part.length - after.length);
    if (!fits || part.length <= before.length + after.length) return undefined;
    found.set(name, value);
  }
  return parts.length === levels.length ? found : undefined;
}
