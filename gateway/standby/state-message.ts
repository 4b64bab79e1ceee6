// What the gateway that leads says of itself, retained at the broker: that it is there, and, as its last will, that it
// is not. Whoever holds the session's client id may say it; the other gateway and every city page read it. SPEC §11.5.
import * as v from 'valibot';

const schema = v.object({
  state: v.picklist(['online', 'offline']),
  /** the gateway's name, for people */
  gateway: v.pipe(v.string(), v.maxLength(200)),
  /** one life of its process: tells two gateways of one name apart, and one from its own past */
  run: v.pipe(v.string(), v.maxLength(64)),
  /** a standby confirms what is acknowledged */
  attached: v.optional(v.boolean()),
});

export type StateMessage = v.InferOutput<typeof schema>;

export function stateTopic(hall: string): string {
  return `hall/${hall}/gateway/state`;
}

export function encodeStateMessage(word: StateMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(word));
}

/** Undefined for what is none; an empty payload is how a retained message is cleared. */
export function readStateMessage(payload: Uint8Array): StateMessage | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(payload)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
