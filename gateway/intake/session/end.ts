/** How a connection ends, or never begins, and what people are told about it. */
import type { Both } from '../../../hall/language.ts';
import { CodedError, message, messageOf } from '../../log.ts';
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

export function reasonOfEnd(end: End): Both {
  if (end.why === 'told') return reasonOf(end.reasonCode);
  if (end.why === 'silent') {
    return { zh: '长时间没有收到它的任何数据', en: 'nothing was heard from it for too long' };
  }
  if (end.why === 'refused') {
    const why = messageOf(end.error);
    return { zh: `有消息无法保存：${why}`, en: `a message could not be kept: ${why}` };
  }
  const cause = end.why === 'closed' ? end.error : undefined;
  if (cause === undefined) {
    return { zh: '它未说明原因就关闭了连接', en: 'it closed it without a word' };
  }
  return { zh: messageOf(cause), en: messageOf(cause) };
}

/** Why there is no connection. @param broker where it is, without credentials */
export function reasonOfFailure(broker: string, error: unknown): CodedError {
  if (error instanceof ConnectRefused) {
    const reason = refusalOf(error.code).text;
    return new CodedError(message('broker.refused', { broker, reason }));
  }
  if (error instanceof ConnectionEnded) {
    const reason = reasonOfEnd(error.end);
    return new CodedError(message('broker.ended-at-once', { broker, reason }));
  }
  return new CodedError(message('broker.unreachable', { broker, reason: error }));
}
