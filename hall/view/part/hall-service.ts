// What the services and lines of the whole hall were like today: what each queue's own figures are drawn towards.
import { promptWaits, type HallService } from '../../estimate.ts';
import type { Tally } from '../../figure.ts';
import {
  joinLineFlows,
  joinWindowFlows,
  lineFlow,
  windowFlow,
  type LineFlow,
  type WindowFlow,
} from '../../figure/flow.ts';
import type { Cutting } from '../cut.ts';
import { memo } from '../memo.ts';

export const flowOfQueue = memo(lineFlow);
const flowOfWindow = memo(windowFlow);

export function hallServiceOf(cut: Cutting): HallService {
  return cut.once(hallServiceAt, undefined);
}

function hallServiceAt({ memory, config }: Cutting): HallService {
  const { ledger } = memory;
  const windows = config.windows.map(({ id }) => flowOfWindow(memory, id, ledger.window(id)));
  const queues = config.queues.map(({ id }) => flowOfQueue(memory, id, ledger.queue(id)));
  const atWindows = allWindows(memory, '', ...windows);
  const inLines = allQueues(memory, '', ...queues);
  return hallService(memory, '', totalsOf(memory, '', ledger.whole), atWindows, inLines);
}

type Totals = Pick<HallService, 'serviceSum' | 'services' | 'missed' | 'completedAt'>;

/** Alone, so that a ticket of one queue is nothing new to the others as long as these stay. */
const totalsOf = memo(({ serviceSum, services, missed, completedAt }: Tally): Totals => {
  const length = (list: readonly unknown[]) => ({ length: list.length });
  return {
    serviceSum,
    services: length(services),
    missed: length(missed),
    completedAt: length(completedAt),
  };
});

const allWindows = memo((...flows: readonly WindowFlow[]) => joinWindowFlows(flows));
const allQueues = memo((...flows: readonly LineFlow[]) => joinLineFlows(flows));

const hallService = memo(
  (totals: Totals, atWindows: WindowFlow, inLines: LineFlow): HallService => ({
    ...totals,
    atWindows,
    inLines,
    prompt: promptWaits(atWindows),
  }),
);
