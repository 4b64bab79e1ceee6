// Day or night on the managers' pages: the reader's choice, kept in this browser. Day is the default.

type ThemeName = 'day' | 'night';
const KEY = 'hallcast.theme';

class Theme {
  #name = $state<ThemeName>(stored());

  get name(): ThemeName {
    return this.#name;
  }

  toggle(): void {
    this.#name = this.#name === 'day' ? 'night' : 'day';
    document.documentElement.dataset['theme'] = this.#name;
    try {
      localStorage.setItem(KEY, this.#name);
    } catch {
      // a browser that keeps nothing still changes its colours
    }
  }
}

function stored(): ThemeName {
  let name: string | null = null;
  try {
    name = localStorage.getItem(KEY);
  } catch {
    // as above
  }
  const theme = name === 'night' ? 'night' : 'day';
  document.documentElement.dataset['theme'] = theme;
  return theme;
}

export const theme = new Theme();
