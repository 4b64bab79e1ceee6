// The signage player's page, /screen/{id}: what hangs in the hall. The screen's id is the last part of its address.
import { mount } from 'svelte';
import '../screen/theme.css';
import '../screen/fonts.css';
import './signage.css';
import Player from './Player.svelte';

const target = document.getElementById('app');
const id = location.pathname.split('/').findLast((part) => part !== '') ?? '';
if (!target) throw new Error('start player: page has no #app, should have one');
mount(Player, { target, props: { id: decodeId(id) } });

/** A broken escape in the address is just an id that no hall has. */
function decodeId(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
