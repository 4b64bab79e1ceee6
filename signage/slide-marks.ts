// The slides of public screens as other programs find them: `data-slide` (docs/contract.md, section 8).
export const SLIDE_MARKS = ['calls', 'sign', 'notice', 'emergency'] as const;
export type SlideMark = (typeof SLIDE_MARKS)[number];
