// The marks of a journal line: what was done with a signal's time, identity or meaning. SPEC §3.4.

/** In the order of their bits; names are those of `/api/v1/journal`. Only add at the end: the journal keeps the bits. */
export const MARKS = [
  /** `at` was ahead of the arrival: counts as of its arrival */
  'ahead',
  /** the device's measured clock difference was taken off */
  'corrected',
  /** `at` was too far back to be believed: counts as of its arrival */
  'past',
  /** older than what its visit or window had reached: fills in figures, moves no live state */
  'late',
  /** another device has used the same id */
  'id_shared',
  /** a step that no device reported, or a field that was derived */
  'inferred',
  /** entered by a person afterwards */
  'by_hand',
  /** did not fit the state that it met */
  'irregular',
  /** told as a retained message: what was true once, not what happens now */
  'retained',
] as const;
export type Mark = (typeof MARKS)[number];

/** A set of marks, one bit each; 0 = none. */
export type Marks = number;

export const NO_MARKS: Marks = 0;

export function bitOf(mark: Mark): Marks {
  return 1 << MARKS.indexOf(mark);
}

export function hasMark(marks: Marks, mark: Mark): boolean {
  return (marks & bitOf(mark)) !== 0;
}

/** The names of the marks in a set, in the order of their bits. */
export function namesOfMarks(marks: Marks): Mark[] {
  return MARKS.filter((mark) => hasMark(marks, mark));
}
