// The types of a window sign's view (窗口屏), for its page.
export type { SignCall, SignQueue, SignWindow, StaffCard } from './part/window.ts';
export type { SignView } from './slides.ts';
