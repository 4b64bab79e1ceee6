// What a rule sees of a message.

export interface Scope {
  /** what pointers point into: the message, or one item of it */
  readonly item: unknown;
  /** the whole message, for pointers that begin with `$` */
  readonly message: unknown;
  /** the topic's named levels, and what is known of the device: address, name, device, zone, window */
  readonly names: { get(name: string): string | undefined };
  /** ms since 1970 */
  readonly receivedAt: number;
}
