// The types of a kiosk's view, for its page.
export type { KioskPlace, KioskService } from './part/guide.ts';
export type { KioskView } from './slides.ts';
