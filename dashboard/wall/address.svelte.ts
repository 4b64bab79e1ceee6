// The wall's address as Svelte state: keys and links change the scene without a load of the page.
import { askedBy, withParameters } from './address.ts';

class Address {
  #search = $state.raw(location.search);

  readonly asked = $derived(askedBy(this.#search));

  /** Sets or removes parameters. The browser's history does not grow: a wall turns for months. */
  ask(parameters: Readonly<Record<string, string | undefined>>): void {
    const search = withParameters(location.search, parameters);
    history.replaceState(history.state, '', `${location.pathname}${search}`);
    this.read();
  }

  /** The address has changed. */
  read(): void {
    this.#search = location.search;
  }
}

export const address = new Address();
