// The page /: which pages this hall has, and where they are.
import '../screen/fonts.css';
import '../screen/theme.css';
import './dashboard.css';
import { mount } from 'svelte';
import Pages from './Pages.svelte';

mount(Pages, { target: document.body });
