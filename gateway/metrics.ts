// The gateway's figures for Prometheus. Names are fixed: docs/contract.md, *Metrics*.
import { Counter, Histogram, Registry } from 'prom-client';
import { watchProcess } from './metrics/process.ts';
import { Reader } from './metrics/reader.ts';
import { watchParts, type Watched } from './metrics/watched.ts';

export interface Metrics {
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
  observeCommit(seconds: number, signals: number): void;
  /** A page painted a call so long (s) after the device's `at`. */
  observePaint(seconds: number, view: string): void;
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  /** What became of a command: `done`, or why it was refused. */
  countCommand(type: string, result: string): void;
  countError(stage: string): void;
  /** Reads figures of the parts when asked. */
  watch(parts: Watched): void;
  stop(): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const commit = new Histogram({
    name: 'hallcast_journal_commit_seconds',
    help: 'From the first signal of a group to the group on disk',
    buckets: [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const size = new Histogram({
    name: 'hallcast_journal_commit_signals',
    help: 'Signals per commit',
    buckets: [1, 2, 5, 10, 50, 100, 500, 1_000, 4_000],
    registers,
  });
  const paint = new Histogram({
    name: 'hallcast_call_paint_seconds',
    help: "From the device's time of a call to the frame in which a screen painted it",
    labelNames: ['view'],
    buckets: [0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30],
    registers,
  });
  const requests = new Histogram({
    name: 'hallcast_http_request_seconds',
    help: 'HTTP requests by route',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  });
  const errors = new Counter({
    name: 'hallcast_errors_total',
    help: 'Background failures that were logged, by stage',
    labelNames: ['stage'],
    registers,
  });
  const commands = new Counter({
    name: 'hallcast_commands_total',
    help: 'Commands of people, by type and by what became of them: done, or the reason of the refusal',
    labelNames: ['type', 'result'],
    registers,
  });
  const reader = new Reader(registry);
  const stopProcess = watchProcess(reader);
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    observeCommit(seconds, signals) {
      commit.observe(seconds);
      size.observe(signals);
    },
    observePaint: (seconds, view) => paint.observe({ view: view.split(':')[0] ?? view }, seconds),
    observeRequest: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    countCommand: (type, result) => commands.inc({ type, result }),
    countError: (stage) => errors.inc({ stage: stage.split(' ')[0] ?? stage }),
    watch: (parts) => watchParts(reader, parts),
    stop: stopProcess,
  };
}
