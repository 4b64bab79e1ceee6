/** How a connection ends, or never begins, and what people are told about it. */
import { messageOf } from '../../log.ts';
import { reasonOf, refusalOf } from './refusal.ts';

export type End =
  | { readonly why: 'stopped' }
  /** by the broker or on the way to it, without a word */
  | { readonly why: 'closed'; readonly error?: unknown }
  /** nothing was heard from the broker for too long */
  | { readonly why: 'silent' }
  /** by DISCONNECT */
  | { readonly why: 'told'; readonly reasonCode: number }
  /** a message could not be taken: it has to come again */
  | { readonly why: 'refused'; readonly error: unknown };

/** The broker answered CONNECT with a refusal. */
export class ConnectRefused extends Error {
  override name = 'ConnectRefused';
  readonly code: number;
  constructor(code: number) {
    super(`connect: the broker answers with code ${code}`);
    this.code = code;
  }
}

/** It ended before the answer came. */
export class ConnectionEnded extends Error {
  override name = 'ConnectionEnded';
  readonly end: End;
  constructor(end: End) {
    super(`connection: ended (${end.why})`, 'error' in end ? { cause: end.error } : {});
    this.end = end;
  }
}

export function reasonOfEnd(end: End): string {
  if (end.why === 'told') return reasonOf(end.reasonCode);
  if (end.why === 'silent') return 'nothing was heard from it for too long';
  if (end.why === 'refused') return `a message could not be kept: ${messageOf(end.error)}`;
  const cause = end.why === 'closed' ? end.error : undefined;
  return cause === undefined ? 'it closed it without a word' : messageOf(cause);
}

/** Why there is no connection. @param place where the broker is, without credentials */
export function reasonOfFailure(place: string, error: unknown): string {
  if (error instanceof ConnectRefused) {
    return `the broker at ${place} refuses: ${refusalOf(error.code).text}`;
  }
  if (error instanceof ConnectionEnded) {
    return `the broker at ${place} ends the connection at once: ${reasonOfEnd(error.end)}`;
  }
  return `the broker at ${place} cannot be reached: ${messageOf(error)}`;
}
