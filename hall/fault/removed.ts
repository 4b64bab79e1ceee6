// People who wait in a queue that the hall file has no more, and those who are at a window that it has no more. SPEC §19.4.
import { group } from 'd3-array';
import type { HallConfig, RemovedPart } from '../config.ts';
import type { Hall, Ticket } from '../state.ts';
import { values } from '../table.ts';
import type { Name } from '../view/common.ts';
import type { Fault } from './kinds.ts';

/** So many numbers are named in a fault. */
const NAMED_MAX = 8;

/** One fault for each part that is gone while people hang on it; it ends when they do. */
export function removedFaults(hall: Hall, { removed }: HallConfig): Fault[] {
  if (removed === undefined) return [];
  const present = [...values(hall.tickets)].filter(
    ({ state }) => state !== 'completed' && state !== 'cancelled',
  );
  const inQueue = group(present, ({ queue }) => queue);
  const atWindow = group(present, windowOf);
  return [
    ...removed.queues.flatMap((queue) => queueFault(queue, inQueue.get(queue.id) ?? [])),
    ...removed.windows.flatMap((window) => windowFault(window, atWindow.get(window.id) ?? [])),
  ];
}

function windowOf(ticket: Ticket): string | undefined {
  return ticket.state === 'called' || ticket.state === 'serving' ? ticket.window : undefined;
}

function queueFault(queue: RemovedPart, tickets: readonly Ticket[]): Fault[] {
  if (tickets.length === 0) return [];
  const numbers = numbersOf(tickets);
  const count = tickets.length;
  return [
    {
      id: `hall-file:queue-${queue.id}`,
      kind: 'hall-file',
      severity: 2,
      since: queue.since,
      title: {
        zh: `大厅文件已撤销队列“${queue.name.zh}”（${queue.id}），还有 ${count} 人在其中：${numbers.zh}`,
        en: `Queue ${queue.name.en ?? queue.name.zh} (${queue.id}) is no longer in the hall file, and ${count} ${count === 1 ? 'visitor is' : 'visitors are'} in it: ${numbers.en}`,
      },
      action: {
        zh: '请人工叫到其他窗口办理，或把该队列写回大厅文件并重新启动',
        en: 'Call them to other windows by hand, or put the queue back into the hall file and restart',
      },
      detail: reportedBy(tickets),
      devices: sendersOf(tickets),
    },
  ];
}

function windowFault(window: RemovedPart, tickets: readonly Ticket[]): Fault[] {
  if (tickets.length === 0) return [];
  const numbers = numbersOf(tickets);
  return [
    {
      id: `hall-file:window-${window.id}`,
      kind: 'hall-file',
      severity: 2,
      since: window.since,
      title: {
        zh: `大厅文件已撤销${window.name.zh}（${window.id}），${numbers.zh} 仍在该窗口`,
        en: `${window.name.en ?? window.name.zh} (${window.id}) is no longer in the hall file, and ${numbers.en} is still at it`,
      },
      action: {
        zh: '请改由其他窗口叫号办理，或把该窗口写回大厅文件并重新启动',
        en: 'Call the visitor to another window, or put the window back into the hall file and restart',
      },
      detail: reportedBy(tickets),
      devices: sendersOf(tickets),
    },
  ];
}

function numbersOf(tickets: readonly Ticket[]): { readonly zh: string; readonly en: string } {
  const numbers = tickets.map(({ ticket }) => ticket).sort();
  const named = numbers.slice(0, NAMED_MAX);
  const more = numbers.length > NAMED_MAX;
  return {
    zh: named.join('、') + (more ? ' 等' : ''),
    en: named.join(', ') + (more ? ' …' : ''),
  };
}

function reportedBy(tickets: readonly Ticket[]): Name {
  const senders = sendersOf(tickets);
  return { zh: `上报设备：${senders.join('、')}`, en: `reported by ${senders.join(', ')}` };
}

/** Those who told of them last: a dispenser that still sends to the queue, the caller of the window. */
function sendersOf(tickets: readonly Ticket[]): string[] {
  return [...new Set(tickets.map(({ by }) => by))].sort();
}
