// The page /dashboard/live: window load for the hall's managers.
import '../screen/fonts.css';
import '../screen/theme.css';
import './dashboard.css';
import { mount } from 'svelte';
import Live from './Live.svelte';

mount(Live, { target: document.body });
