// The topic grammar: hall/{hall}/{device}/{stream}. SPEC §1.

/**
 * The streams that devices publish: each is a topic that any device of the hall may use under its own name. What is for
 * people alone is an event of a command on stream `COMMAND`, which is no topic.
 */
export const STREAMS = [
  'ticket',
  'window',
  'evaluation',
  'occupancy',
  'device',
  'staff',
  'case',
  'network',
  'emergency',
] as const;

/** The stream of commands' events, and the name under which they are journaled: no device may have it. */
export const COMMAND = 'command';

export type Stream = (typeof STREAMS)[number];

/** Ids of halls, devices and everything that the hall file names. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

export interface Topic {
  readonly hall: string;
  readonly device: string;
  readonly stream: Stream;
}

const streams: ReadonlySet<string> = new Set(STREAMS);

export function isStream(stream: string): stream is Stream {
  return streams.has(stream);
}

/** The parts of a signal topic, or undefined where the topic has another shape or an unknown stream. */
export function parseTopic(topic: string): Topic | undefined {
  const levels = topic.split('/');
  const [root, hall = '', device = '', stream = ''] = levels;
  if (levels.length !== 4 || root !== 'hall') return undefined;
  if (!ID_PATTERN.test(hall) || !ID_PATTERN.test(device)) return undefined;
  if (!streams.has(stream) || device === COMMAND) return undefined;
  return { hall, device, stream: stream as Stream };
}

export function formatTopic({ hall, device, stream }: Topic): string {
  return `hall/${hall}/${device}/${stream}`;
}
