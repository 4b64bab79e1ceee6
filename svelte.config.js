// Svelte for the pages: runes only, so that no component falls back to the old reactivity.
/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  compilerOptions: { runes: true },
};
