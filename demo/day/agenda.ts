// What happens next: a time-ordered list of things to do, for a simulation without a clock.

export interface Agenda {
  /** Do `action` at `at`; of one instant's actions the one planned first comes first. */
  plan(at: number, action: (at: number) => void): void;
  /** Does everything planned, in order, including what is planned meanwhile. */
  run(): void;
}

interface Item {
  at: number;
  order: number;
  action: (at: number) => void;
}

export function createAgenda(): Agenda {
  const heap: Item[] = [];
  let order = 0;
  const before = (a: Item, b: Item) => a.at < b.at || (a.at === b.at && a.order < b.order);
  const swap = (i: number, j: number) => {
    [heap[i], heap[j]] = [heap[j] as Item, heap[i] as Item];
  };
  const rise = (index: number) => {
    for (let child = index; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child] as Item, heap[parent] as Item)) return;
      swap(child, parent);
      child = parent;
    }
  };
  const sink = () => {
    for (let parent = 0; ;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        const item = heap[child];
        if (item !== undefined && before(item, heap[least] as Item)) least = child;
      }
      if (least === parent) return;
      swap(parent, least);
      parent = least;
    }
  };
  return {
    plan: (at, action) => {
      heap.push({ at: Math.round(at), order: (order += 1), action });
      rise(heap.length - 1);
    },
    run: () => {
      for (let top = heap[0]; top !== undefined; top = heap[0]) {
        const last = heap.pop() as Item;
        if (heap.length > 0) {
          heap[0] = last;
          sink();
        }
        top.action(top.at);
      }
    },
  };
}
