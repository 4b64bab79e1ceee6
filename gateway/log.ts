// Structured log: one line per event, with a level; JSON where nobody looks at a terminal. Secrets never come in:
// what is one is a Secret (gateway/config.ts), and credentials in URLs are cut out. SPEC §17.17.
import type { Language } from '../hall/language.ts';
import { failure, type Message, type Stage } from './log/messages.ts';
import { cleanText, escapeControls } from './log/text.ts';
import { languageOf } from './start/language.mjs';

export { CodedError, message, type Message } from './log/messages.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  /** Has a code and both languages: `message(code, …)`. */
  readonly warn: Tell;
  readonly error: Tell;
  readonly onError: OnError;
}

export type Tell = (message: Message, fields?: Fields) => void;

/** For errors of whatever runs in the background. */
export type OnError = (error: unknown, where: Where) => void;

export interface Where {
  readonly stage: Stage;
  /** what exactly, such as the name of a view */
  readonly about?: string;
}

export interface LogOptions {
  readonly level: Level;
  readonly json: boolean;
  /** of warnings and errors; left out: of this process */
  readonly language?: Language;
  readonly write: (line: string) => void;
}

/** Characters of one line. */
const LINE_MAX = 8_000;
/** Characters of one text in it: what strangers said is cut before anything looks at it. */
const TEXT_MAX = 4_000;

export function createLog({ level, json, language = languageOf(), write }: LogOptions): Log {
  const least = LEVELS.indexOf(level);
  const at = (name: Level) => (text: string, fields?: Fields) => {
    if (LEVELS.indexOf(name) < least) return;
    const line = json ? jsonLine(name, text, fields) : textLine(name, text, fields);
    write(`${line}\n`);
  };
  const tell = (name: 'warn' | 'error'): Tell => {
    const put = at(name);
    return (message, fields) => put(message[language], { code: message.code, ...fields });
  };
  const error = tell('error');
  return {
    debug: at('debug'),
    info: at('info'),
    warn: tell('warn'),
    error,
    onError: (cause, { stage, about }) => {
      const where = isMistake(cause) || level === 'debug' ? { error: cause } : {};
      error(failure(stage, cause, about), { stage, ...where });
    },
  };
}

/** A log on standard error: text on a terminal, else JSON. */
export function standardLog(level: Level): Log {
  const encoder = new TextEncoder();
  return createLog({
    level,
    json: !Deno.stderr.isTerminal(),
    write: (line) => void Deno.stderr.writeSync(encoder.encode(line)),
  });
}

/** What the program did wrong, where the lines of the stack help; trouble outside of it is told by its message. */
function isMistake(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Stays JSON when it is cut: fields that are too long for the line are left out, and counted. */
function jsonLine(level: Level, message: string, fields: Fields | undefined): string {
  const head = { time: new Date().toISOString(), level, message: cleanText(message, TEXT_MAX) };
  const whole = jsonOf({ ...head, ...fields });
  if (whole.length <= LINE_MAX) return whole;
  const { code, stage } = fields ?? {};
  const short = {
    ...head,
    ...(typeof code === 'string' && { code }),
    ...(typeof stage === 'string' && { stage }),
    cut: whole.length,
  };
  const line = jsonOf(short);
  // Signs that JSON writes as six: a seventh of the text is sure to fit.
  if (line.length <= LINE_MAX) return line;
  return jsonOf({ ...short, message: cleanText(message, LINE_MAX / 8) });
}

function jsonOf(line: Fields): string {
  const text = JSON.stringify(line, (_key, value: unknown) => plain(value));
  return escapeControls(text, (code) => `\\u${code.toString(16).padStart(4, '0')}`);
}

function textLine(level: Level, message: string, fields: Fields | undefined): string {
  const clock = new Date().toISOString().slice(11, 23);
  const rest = Object.entries(fields ?? {})
    .filter(([key]) => key !== 'stage')
    .map(([key, value]) => {
      const shown = plain(value);
      return ` ${key}=${typeof shown === 'string' ? shown : JSON.stringify(shown, (_, each: unknown) => plain(each))}`;
    });
  const text = `${clock} ${level.padEnd(5)} ${cleanText(message, TEXT_MAX)}${rest.join('')}`;
  const line = text.slice(0, LINE_MAX).split('\n').map(withoutEnds).join(' ⏎ ');
  return escapeControls(line, (code) => `\\x{${code.toString(16)}}`).slice(0, LINE_MAX);
}

function withoutEnds(text: string, index: number): string {
  return index === 0 ? text.trimEnd() : text.trim();
}

/** Errors as text with where they came from, texts cut and without credentials; everything else as JSON takes it. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return cleanText(value.stack ?? value.message, TEXT_MAX);
  if (typeof value === 'string') return cleanText(value, TEXT_MAX);
  if (typeof value === 'bigint') return String(value);
  return value;
}
