// The scene in the wall's address, changed by keys and links without a load of the page.
import { createSubscriber } from 'svelte/reactivity';

const changed = new Set<() => void>();
const followed = createSubscriber((update) => {
  changed.add(update);
  addEventListener('popstate', update);
  return () => {
    changed.delete(update);
    removeEventListener('popstate', update);
  };
});

/** What the address asks for; whoever reads it is woken when the address changes. */
export function asked() {
  followed();
  const { searchParams } = new URL(location.href);
  return {
    scene: searchParams.get('scene'),
    floor: searchParams.get('floor'),
    theme: searchParams.get('theme'),
  };
}

/** Sets or removes parameters of the address. The history does not grow: a wall turns for months. */
export function ask(parameters: Readonly<Record<string, string | undefined>>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(history.state, '', url);
  for (const update of changed) update();
}
