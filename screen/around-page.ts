// The browser, as the watch for the other gateway needs it.
import type { Around } from './other-gateway.ts';

const KEY = 'hallcast-gateways';

export function aroundPage(): Around {
  const { origin, pathname, search, hash } = location;
  return {
    ...{ origin, path: `${pathname}${search}`, hash },
    now: () => performance.now(),
    every(run, ms) {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    fetch: (...args) => fetch(...args),
    recall: () => stored(() => localStorage.getItem(KEY)) ?? null,
    remember: (text) => void stored(() => localStorage.setItem(KEY, text)),
    forgetHash: () => history.replaceState(history.state, '', `${pathname}${search}`),
    go: (url) => location.replace(url),
  };
}

/** A browser may keep nothing for anybody. */
function stored<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
