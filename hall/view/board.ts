// The types of a call board's view (叫号屏), for its page.
export type { BoardCall } from './part/calls.ts';
export type { BoardMissed } from './part/missed.ts';
export type { BoardQueue } from './part/queues.ts';
export type { BoardSettings } from './part/settings.ts';
export type { BoardView } from './slides.ts';
