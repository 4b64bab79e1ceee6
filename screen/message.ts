// Reads what the gateway sends: a text becomes a message of the live protocol, or undefined. Written by hand because it
// stands in every page and in the way of every call; the protocol itself is declared in hall/protocol.ts. SPEC §6.
import type { Patch } from '../hall/diff.ts';
import type { ServerMessage } from '../hall/protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The message in `text`, or undefined where it is none of the protocol's. Never throws. */
export function decodeServerMessage<View>(text: unknown): ServerMessage<View> | undefined {
  if (typeof text !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isFields(value) ? readMessage<View>(value) : undefined;
}

function readMessage<View>(fields: Fields): ServerMessage<View> | undefined {
  switch (fields['type']) {
    case 'snapshot':
      return readSnapshot<View>(fields);
    case 'delta':
      return readDelta(fields);
    case 'pulse': {
      const { now, revision } = fields;
      return isTime(now) && isRevision(revision) ? { type: 'pulse', now, revision } : undefined;
    }
    case 'bye': {
      const { retry_ms } = fields;
      return isTime(retry_ms) ? { type: 'bye', retry_ms } : undefined;
    }
    case 'error': {
      const { reason, detail } = fields;
      if (reason !== 'view' && reason !== 'message' && reason !== 'protocol') return undefined;
      const text = typeof detail === 'string' ? detail : '';
      return { type: 'error', reason, detail: text, ...versionOf(fields) };
    }
    default:
      return undefined;
  }
}

function readSnapshot<View>(fields: Fields): ServerMessage<View> | undefined {
  const { view, epoch, revision, now, pace, data } = fields;
  if (typeof view !== 'string' || typeof epoch !== 'string' || !isRevision(revision)) {
    return undefined;
  }
  if (!isTime(now) || typeof pace !== 'number' || !(pace > 0) || !isFields(data)) return undefined;
  // The gateway and its pages are built from one source; a view's fields are its own business.
  const head = { type: 'snapshot', view, epoch, revision, now, pace } as const;
  return { ...head, ...versionOf(fields), data: data as View };
}

function versionOf({ version }: Fields): { readonly version?: string } {
  return typeof version === 'string' && version.length <= 64 ? { version } : {};
}

function readDelta(fields: Fields): ServerMessage<never> | undefined {
  const { from, revision, now, patch } = fields;
  if (!isRevision(from) || !isRevision(revision) || !isTime(now) || !isFields(patch)) {
    return undefined;
  }
  return { type: 'delta', from, revision, now, patch: patch as Patch };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
