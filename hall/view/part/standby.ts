// Whether a page is shown by the standby of a pair: the other gateway leads then.
import { part } from '../cut.ts';

export const standby = part('hall', ({ gatewayStatus }) =>
  gatewayStatus.role === 'standby' ? (true as const) : undefined,
);
