// Talks to a reader as a broker would, and shows what it made of it.
import assert from 'node:assert/strict';
import type { Read, Reader, Reading } from '../../../vendors/reader.ts';

export const TEN = Date.UTC(2026, 10, 20, 10, 0, 0);

export interface Talk {
  /** Objects are sent as JSON. @returns undefined where the topic is not the reader's */
  send(topic: string, payload: unknown, more?: { retain?: boolean; at?: number }): Read | undefined;
  /** `send`, for a message that is the reader's and has nothing to refuse. */
  hear(
    topic: string,
    payload: unknown,
    more?: { retain?: boolean; at?: number },
  ): readonly Reading[];
  /** What a message was refused for. */
  reasons(topic: string, payload: unknown): readonly string[];
}

export function talkTo(reader: Reader): Talk {
  const send: Talk['send'] = (topic, payload, { retain = false, at = TEN } = {}) => {
    assert.ok(
      reader.filters.some((filter) => matches(filter, topic)),
      `${topic} is under none of ${reader.filters.join(' ')}`,
    );
    return reader.read({ topic, payload: bytesOf(payload), retain, receivedAt: at });
  };
  return {
    send,
    hear: (topic, payload, more) => {
      const read = send(topic, payload, more);
      assert.ok(read, `${topic} is not the reader's`);
      assert.deepEqual(read.refused ?? [], []);
      return read.readings;
    },
    reasons: (topic, payload) => (send(topic, payload)?.refused ?? []).map(({ reason }) => reason),
  };
}

export function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  return new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

/** As MQTT matches a topic to a filter (MQTT 5, 4.7). */
export function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const parts = filter.split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '#') return true;
    if (index >= levels.length || (part !== '+' && part !== levels[index])) return false;
  }
  return parts.length === levels.length;
}
