// The process as Prometheus sees it: prom-client's own figures read what Deno does not let it see; these are what it does.
import type { Reader } from './reader.ts';

const LAG_MS = 500;

/** Returns its stop. */
export function watchProcess(reader: Reader): () => void {
  const startedAt = Date.now() / 1000;
  reader.gauge('process_start_time_seconds', 'Start of the process, Unix time', () => startedAt);
  reader.gauge('process_resident_memory_bytes', 'Resident memory', () => Deno.memoryUsage().rss);
  const heap = "The main thread's heap in use";
  reader.gauge('process_heap_bytes', heap, () => Deno.memoryUsage().heapUsed);
  let worst = 0;
  let expected = performance.now() + LAG_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - expected);
    expected = now + LAG_MS;
  }, LAG_MS);
  const lag = 'How late the main thread was at worst since the last time somebody asked';
  reader.gauge('hallcast_event_loop_lag_seconds', lag, () => {
    const seconds = Math.max(0, worst) / 1000;
    worst = 0;
    return seconds;
  });
  return () => clearInterval(timer);
}
