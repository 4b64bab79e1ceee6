// Who asks over HTTP, and whether something is for them: read by the router's guard, the live stream and the list of pages.
import { type Audience, allows, STAFF, type StaffAccess } from '../../hall/audience.ts';
import type { HallConfig } from '../../hall/config.ts';
import { viewKindOf } from '../../hall/view/index.ts';

/** Whether what is for `audience` is answered to the one who sends this request from this address. */
export type Access = (audience: Audience, request: Request, address: string) => boolean;

/** A proxy that passes a request on says so in one of these (RFC 7239, RFC 9110 §7.6.3, and what came before them). */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

export function createAccess(staff: StaffAccess): Access {
  return (audience, request, address) => {
    const isLocal = isLoopback(address) && !FORWARDING.some((name) => request.headers.has(name));
    return allows(audience, { isLocal }, staff);
  };
}

/** Whom a view of that name is for. One that the hall does not have is refused like one for staff. */
export function viewAudience(view: string, config: HallConfig): Audience {
  return viewKindOf(view, config)?.audience ?? STAFF;
}

/** 127.0.0.0/8 and ::1, also as IPv4 in IPv6 (RFC 4291 §2.5.3, §2.5.5.2). */
function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}
