// Structured log: one line per event, with a level; JSON where nobody looks at a terminal. Secrets never come in:
// what is one is a Secret (gateway/config.ts), and credentials in URLs are cut out.

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** For `onError(error, {stage})` of whatever runs in the background. */
  onError(error: unknown, where: { readonly stage: string }): void;
}

export interface LogOptions {
  readonly level: Level;
  readonly json: boolean;
  readonly write: (line: string) => void;
}

const LINE_MAX = 8_000;

export function createLog({ level, json, write }: LogOptions): Log {
  const least = LEVELS.indexOf(level);
  const at = (name: Level) => (message: string, fields?: Fields) => {
    if (LEVELS.indexOf(name) < least) return;
    const line = json ? jsonLine(name, message, fields) : textLine(name, message, fields);
    write(`${withoutCredentials(line).slice(0, LINE_MAX)}\n`);
  };
  const error = at('error');
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error,
    onError: (cause, { stage }) => {
      const where = isMistake(cause) || level === 'debug' ? { error: cause } : {};
      error(`${stage}: ${messageOf(cause)}`, { stage, ...where });
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

function jsonLine(level: Level, message: string, fields: Fields | undefined): string {
  const time = new Date().toISOString();
  const line: Record<string, unknown> = { time, level, message };
  for (const [key, value] of Object.entries(fields ?? {})) line[key] = plain(value);
  return JSON.stringify(line);
}

function textLine(level: Level, message: string, fields: Fields | undefined): string {
  const clock = new Date().toISOString().slice(11, 23);
  const rest = Object.entries(fields ?? {})
    .filter(([key]) => key !== 'stage')
    .map(([key, value]) => {
      const shown = plain(value);
      return ` ${key}=${typeof shown === 'string' ? shown : JSON.stringify(shown)}`;
    });
  const text = `${clock} ${level.padEnd(5)} ${message}${rest.join('')}`;
  return text.replaceAll(/\s*\n\s*/g, ' ⏎ ');
}

/** Errors as text with where they came from; everything else as JSON takes it. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  if (typeof value === 'bigint') return String(value);
  return value;
}

/** `mqtt://user:password@host` → `mqtt://…@host`. */
function withoutCredentials(line: string): string {
  return line.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1…@');
}
