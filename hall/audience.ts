// Who a page, a view, a route or a command is for. Each of them declares it; `allows` is the only place that decides.

/** What people at work may be (contract: "Who may what"). */
export const STAFF_ROLES = [
  'viewer',
  'manager',
  'facility',
  'editor',
  'approver',
  'clerk',
  'admin',
] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/**
 * `public`: anyone, it shows nothing that visitors may not see. `device`: MQTT clients, which the broker asks for themselves.
 * `peer`: the other gateway of a pair, which proves that it has the key. A list: people at work with one of these roles.
 */
export type Audience = 'public' | 'device' | 'peer' | readonly StaffRole[];

/** Everyone who works here. */
export const STAFF: Audience = STAFF_ROLES;

/** Where staff pages are answered until accounts exist: the hall file's `staff`. */
export type StaffAccess = 'open' | 'loopback';

/** Who asks, as far as that is known. */
export interface Visitor {
  /** the request comes from this machine itself, and no proxy has passed it on */
  readonly isLocal: boolean;
}

/** Until accounts exist a visitor has no role: on this machine every staff audience is answered, elsewhere where `staff` is `open`. */
export function allows(audience: Audience, visitor: Visitor, access: StaffAccess): boolean {
  return typeof audience === 'string' || visitor.isLocal || access === 'open';
}
