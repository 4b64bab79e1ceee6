// The type of a notice screen's view, for its page.
export type { NoticeView } from './slides.ts';
