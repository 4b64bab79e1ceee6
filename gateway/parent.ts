// The process that started this one holds the other end of its standard input: when that process is gone, however it
// ended, nobody would stop this one any more, so it stops by itself.

/** Calls `stop` when the starter is gone. Does nothing for a process that was started on its own. */
export function stopWithParent(stop: () => void): void {
  if (Deno.env.get('HALLCAST_PARENT') !== 'stdin') return;
  void Deno.stdin.readable.pipeTo(new WritableStream()).then(stop, stop);
}
