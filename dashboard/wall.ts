// The page /dashboard/wall: the hall for its leaders.
import '../screen/fonts.css';
import '../screen/theme.css';
import './wall/wall.css';
import { mount } from 'svelte';
import Wall from './Wall.svelte';

mount(Wall, { target: document.body });
