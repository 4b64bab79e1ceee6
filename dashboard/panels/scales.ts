// The common scales of the queue table: every row is drawn on the same minutes and the same load.

/** Minutes at the right end of the wait ruler. */
export const WAIT_MOST = 50;
/** Load at the right end of the load ruler. */
export const LOAD_MOST = 1.5;
