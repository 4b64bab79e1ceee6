// The scenes of the leadership wall, by the names of their addresses (`?scene=NAME`), in the order in which they turn. SPEC 25.

export const SCENES = [
  'overview',
  'queue',
  'posts',
  'cases',
  'evaluation',
  'departments',
  'floor',
  'halls',
] as const;
export type Scene = (typeof SCENES)[number];
