// The signage player's page, /screen/{id}: what hangs in the hall. The screen's id is the last part of its address.
import { mount } from 'svelte';
import '../screen/theme.css';
import '../screen/fonts.css';
import { pageReloads } from '../screen/page-reload.ts';
import './signage.css';
import Player from './Player.svelte';

const target = document.getElementById('app');
const id = location.pathname.split('/').findLast((part) => part !== '') ?? '';
if (!target) throw new Error('start player: page has no #app, should have one');
// What fails outside of every part of the page: nobody else sees it.
addEventListener('error', ({ error }) => {
  if (error) pageReloads.want('failure');
});
addEventListener('unhandledrejection', () => pageReloads.want('failure'));
mount(Player, { target, props: { id: decodeId(id) } });

/** A broken escape in the address is just an id that no hall has. */
function decodeId(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
