// The player's own watch: looks each second whether the page stands as its view asks, without the framework that drew it;
// where it does not, the page is marked as old, whatever its parts say, and loads itself anew. SPEC §7.
import type { PlayerView } from '../hall/view/slides.ts';
import type { HallStore } from '../screen/hall.svelte.ts';
import { isWhollyVisible } from '../screen/painted.ts';
import { pageReloads } from '../screen/page-reload.ts';
import { PageWatch, type ShownPage } from './watch.ts';

const LOOK_MS = 1_000;

/** Returns what ends the watch. */
export function watchPage(store: HallStore<PlayerView>): () => void {
  const watch = new PageWatch();
  let view: PlayerView | undefined;
  const ended = store.watch((state) => {
    view = state.freshness === 'live' ? state.data : undefined;
  });
  const timer = setInterval(() => {
    if (!view || document.visibilityState !== 'visible') return;
    const differences = watch.look(view, shownPage(), store.now(), performance.now());
    if (differences.length > 0) outdated(differences);
    else present();
  }, LOOK_MS);
  return () => {
    ended();
    clearInterval(timer);
    present();
  };
}

function shownPage(): ShownPage {
  const calls = [...document.querySelectorAll<HTMLElement>('[data-call]')].filter(isWhollyVisible);
  const view = document.querySelector<HTMLElement>('[data-view]')?.dataset['view'];
  const emergency = document.querySelector('[data-emergency], [data-failed^="Emergency"]');
  const clock = document.querySelector('[data-clock]')?.textContent?.trim();
  return {
    calls: calls.flatMap(({ dataset }) => dataset['call'] ?? []),
    view: emergency ? 'emergency' : view,
    clock,
  };
}

function outdated(differences: readonly string[]): void {
  pageReloads.want('mismatch');
  if (document.querySelector('.outdated')) return;
  console.error(`page: ${differences.join('; ')}`);
  document.getElementById('app')?.setAttribute('data-freshness', 'stale');
  const words = document.createElement('p');
  words.className = 'outdated';
  words.setAttribute('role', 'status');
  const english = document.createElement('span');
  english.lang = 'en';
  english.textContent = 'This may be out of date, recovering';
  words.append('此屏内容可能已过时，正在恢复', english);
  document.body.append(words);
}

function present(): void {
  const words = document.querySelector('.outdated');
  if (!words) return;
  words.remove();
  document.getElementById('app')?.removeAttribute('data-freshness');
  pageReloads.unwant('mismatch');
}
