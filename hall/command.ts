// What people do: every command, declared once with its fields, its audience and its pure decision. The events of a command
// are journaled with who did it and folded like signals. SPEC §22.
import * as v from 'valibot';
import type { Audience } from './audience.ts';
import { adviceCommands } from './command/advice.ts';
import { contentCommands } from './command/content.ts';
import { deviceCommands } from './command/device.ts';
import type { CommandKind, Decision, DecideContext } from './command/decide.ts';
import { windowCommands } from './command/window.ts';
import { fieldWords } from './refusal-words.ts';
import { instant } from './signal.ts';

export type {
  By,
  CommandEvent,
  CommandRefusal,
  Decision,
  DecideContext,
} from './command/decide.ts';
export { BY, NOBODY } from './command/decide.ts';

/** Each is an operation: `POST /api/v1/commands/{type}`. */
export const COMMANDS = { ...deviceCommands, ...windowCommands, ...adviceCommands } as const;
export type CommandType = keyof typeof COMMANDS;

/** With those that come to the gateway in another way. */
const ALL = { ...COMMANDS, ...contentCommands } as const;
export type AnyCommandType = keyof typeof ALL;

/** What every command may have beside its own fields. */
const COMMON = {
  /** makes a repeat harmless; made by the gateway where it is missing */
  id: v.optional(
    v.pipe(
      v.string('should be text'),
      v.regex(/^[A-Za-z0-9._:-]{1,64}$/, 'should be 1–64 characters of A–Z a–z 0–9 . _ : -'),
    ),
  ),
  /** when it happened, where it is entered afterwards */
  at: v.optional(instant),
};

export interface CommandInput {
  readonly type: AnyCommandType;
  readonly id: string | undefined;
  /** ms since 1970 */
  readonly at: number | undefined;
  /** of that type's schema */
  readonly fields: object;
}

export function isCommandType(type: string): type is CommandType {
  return Object.hasOwn(COMMANDS, type);
}

export function audienceOf(type: CommandType): Audience {
  return COMMANDS[type].audience;
}

/** All fields of a command as a schema: for its checks and its description. */
export function commandSchema(type: CommandType): v.GenericSchema {
  return v.strictObject({ ...COMMON, ...COMMANDS[type].fields });
}

/** @returns the command, or the first field that is wrong and what it should be */
export function parseCommand(
  type: AnyCommandType,
  body: unknown,
):
  | { readonly ok: true; readonly command: CommandInput }
  | { readonly ok: false; readonly field: string; readonly detail: string } {
  const fields: v.ObjectEntries = { ...COMMON, ...ALL[type].fields };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { ok: false, field: 'body', detail: 'body: should be a JSON object' };
  }
  const parsed = v.safeParse(v.strictObject(fields), body, { abortPipeEarly: true });
  if (parsed.success) {
    const { id, at, ...rest } = parsed.output as { id?: string; at?: number };
    return { ok: true, command: { type, id, at, fields: rest } };
  }
  const [issue] = parsed.issues;
  const field = String(issue.path?.[0]?.key ?? 'body');
  const detail =
    issue.expected === 'never'
      ? `${field}: is no field of ${type}, should be one of: ${Object.keys(fields).join(', ')}`
      : issue.message.startsWith('should ') && issue.input !== undefined
        ? `${field}: is ${JSON.stringify(issue.input)}, ${issue.message}`
        : fieldWords(field, { zh: issue, en: issue }).en;
  return { ok: false, field, detail };
}

/** Commands with an equal key are decided one after the other, each on the state that the one before it left. */
export function orderKey({ type, fields }: CommandInput): string {
  return kindOf(type).orderKey(fields);
}

/** What the command comes to in this hall, or why it is refused. Pure. */
export function decide({ type, fields }: CommandInput, context: DecideContext): Decision {
  return kindOf(type).decide(fields, context);
}

function kindOf(type: AnyCommandType): CommandKind {
  // Fields were parsed by this kind's own schema.
  return ALL[type] as unknown as CommandKind;
}
