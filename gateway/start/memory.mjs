// @ts-check
// What the gateway trades memory against time with. Left alone both allocators let garbage wait by what the machine has: 440 to
// 490 MB at full speed, with these about 340 (`npm run bench -- pipeline`). A smaller nursery and old garbage at 30 % more
// instead of twice the heap saved 30 MB of that, and cost a quarter more processor time a signal (`npm run bench -- intake`).

/** V8: room for what is new, so that signals on their way to the disk are gone before they would be kept; old garbage goes soon. */
export const v8Flags = '--v8-flags=--max-semi-space-size=16,--heap-growing-percent=100';

/** glibc, by its environment (mallopt(3)): few arenas, and large buffers given back at once. Saves 15 MB. */
const malloc = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/**
 * The environment of a process of the gateway; what is set already stays.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function frugal(env) {
  return { ...malloc, ...env };
}
